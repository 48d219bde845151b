{{ config(enabled=var("match_probabilistically")) }}

with comparisons as (
    select * from {{ ref("int_identity__comparisons") }}
),

final as (
    select
        vector,
        count(*) as pairs
    from comparisons
    group by vector
)

select * from final
