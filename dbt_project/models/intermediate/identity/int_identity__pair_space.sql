{{ config(tags=["identity_candidates"]) }}

with records as (
    select * from {{ ref("int_identity__records") }}
),

final as (
    select
        count(*) as records,
        count(*) * (count(*) - 1) / 2 as possible_pairs
    from records
)

select * from final
