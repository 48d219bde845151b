{{ config(
    materialized="view",
    enabled=var("match_probabilistically"),
) }}

with statistics as (
    select * from {{ ref("stg_identity__statistics") }}
),

newest_fit as (
    select * from {{ ref("int_identity__newest_fit") }}
),

final as (
    select
        statistics.statistic_key,
        statistics.pass,
        statistics.statistic,
        statistics.subject,
        statistics.value_hash,
        statistics.amount
    from statistics
    inner join newest_fit on statistics.fit_id = newest_fit.fit_id
    where statistics.definitions = '{{ statistics_definitions() }}'
)

select * from final
