{{ config(materialized="view") }}
{%- if var("match_probabilistically") %}

with final as (
    select
        customer_record_key,
        cluster
    from {{ ref("int_identity__clusters") }}
)
{%- else %}

with final as (
    select
        node as customer_record_key,
        component as cluster
    from {{ ref("int_identity__components") }}
)
{%- endif %}

select * from final
