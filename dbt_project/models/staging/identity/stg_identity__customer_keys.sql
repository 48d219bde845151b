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

        -- numerics
        revision
    from source
)

select * from final
