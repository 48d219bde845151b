{%- if var("match_probabilistically") %}
with clusters as (
    select
        customer_record_key,
        cluster
    from {{ ref("int_identity__clusters") }}
),
{%- else %}
with clusters as (
    select
        node as customer_record_key,
        component as cluster
    from {{ ref("int_identity__components") }}
),
{%- endif %}

final as (
    select
        customer_record_key,
        {{ dbt_utils.generate_surrogate_key(["cluster"]) }} as customer_key
    from clusters
)

select * from final
