{{ config(materialized="view") }}

with source as (
    select * from {{ source("identity", "customer_keys") }}
),

final as (
    select
        -- ids
        customer_key,
        first_record_key,
        current_customer_key,
        cluster,

        -- numerics
        revision,
        customer_records,
        records_hash
    from source
)

select * from final
