{{ config(materialized="view") }}

with source as (
    select * from {{ source("identity", "customer_key_history") }}
),

final as (
    select
        -- ids
        {{ dbt_utils.generate_surrogate_key(
            ["revision", "customer_key", "kind", "other_customer_key"]
        ) }} as customer_key_change_key,
        customer_key,
        other_customer_key,

        -- strings
        kind,
        reason,

        -- numerics
        revision,
        customer_records,

        -- dates
        as_of_date
    from source
)

select * from final
