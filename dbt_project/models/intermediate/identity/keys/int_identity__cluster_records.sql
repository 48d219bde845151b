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

key_records as (
    select * from {{ ref("stg_identity__customer_key_records") }}
),

final as (
    select
        clusters.customer_record_key,
        clusters.cluster,
        key_records.home_key
    from clusters
    left join key_records
        on clusters.customer_record_key = key_records.customer_record_key
)

select * from final
