{{ config(
    materialized="view",
    enabled=var("match_probabilistically"),
) }}

with source as (
    select * from {{ source("identity", "identity_parameters") }}
),

final as (
    select
        -- ids
        {{ dbt_utils.generate_surrogate_key(
            ["fit_id", "class", "field", "level"]
        ) }} as parameter_key,
        fit_id,

        -- strings
        class,
        field,

        -- numerics
        level,
        log_probability,
        unblocked_share,

        -- booleans
        is_match,
        follows_u
    from source
)

select * from final
