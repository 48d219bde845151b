{{ config(
    materialized="view",
    enabled=var("match_probabilistically"),
) }}

with source as (
    select * from {{ source("identity", "identity_statistics") }}
),

final as (
    select
        -- ids
        {{ dbt_utils.generate_surrogate_key(
            [
                "fit_id", "definitions", "pass", "statistic", "subject",
                "value_hash",
            ]
        ) }} as statistic_key,
        fit_id,
        value_hash,

        -- strings
        statistic,
        subject,
        definitions,

        -- numerics
        pass,
        amount
    from source
)

select * from final
