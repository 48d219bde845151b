{{ config(materialized="view") }}

with source as (
    select * from {{ source("identity", "customer_key_records") }}
),

final as (
    select
        -- ids
        customer_record_key,
        home_key
    from source
)

select * from final
