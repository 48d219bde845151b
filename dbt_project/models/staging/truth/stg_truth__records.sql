with source as (
    select * from {{ source("truth", "identity_truth") }}
),

final as (
    select
        -- ids
        {{ dbt_utils.generate_surrogate_key(
            ["system", "entity", "record_id"]
        ) }} as customer_record_key,

        -- strings
        system,
        entity,
        person_id
    from source
)

select * from final
