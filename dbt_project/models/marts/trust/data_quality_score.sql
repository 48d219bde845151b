with quality_rules as (
    select * from {{ ref("quality_rules") }}
),

quality_checks as (
    select * from {{ ref("int_loads__quality_checks") }}
),

final as (
    select
        quality_checks.system,
        quality_checks.entity,
        quality_checks.rule,
        quality_rules.definition,
        quality_rules.weight,
        quality_checks.checked,
        quality_checks.failed,
        cast(
            100.0 * (quality_checks.checked - quality_checks.failed)
            / quality_checks.checked as numeric(5, 2)
        ) as score,
        cast(
            100.0 * sum(
                quality_rules.weight
                * (quality_checks.checked - quality_checks.failed)
            ) over by_source
            / sum(quality_rules.weight * quality_checks.checked) over by_source
            as numeric(5, 2)
        ) as source_score
    from quality_checks
    inner join quality_rules on quality_checks.rule = quality_rules.rule
    -- a rule that had nothing to look at says nothing
    where quality_checks.checked > 0 and quality_rules.weight > 0
    window by_source as (
        partition by quality_checks.system, quality_checks.entity
    )
)

select * from final
