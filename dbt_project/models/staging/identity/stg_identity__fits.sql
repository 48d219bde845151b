{{ config(
    materialized="view",
    enabled=var("match_probabilistically"),
) }}

with source as (
    select * from {{ source("identity", "identity_fits") }}
),

final as (
    select
        -- ids
        fit_id,

        -- strings
        origin,
        reason,
        definitions,

        -- numerics
        records,
        possible_pairs,
        candidate_pairs,
        rounds,
        log_likelihood,

        -- booleans
        has_converged,

        -- timestamps
        fitted_at
    from source
)

select * from final
