{{ config(enabled=var("match_probabilistically")) }}

with newest_fit as (
    select * from {{ ref("int_identity__newest_fit") }}
),

fitted as (
    select * from {{ ref("stg_identity__parameters") }}
),

seed as (
    select * from {{ ref("identity_parameter_defaults") }}
),

pair_space as (
    select * from {{ ref("int_identity__pair_space") }}
),

comparison_levels as (
    select * from {{ ref("int_identity__comparison_levels") }}
),

pair_classes as (
    select * from {{ ref("int_identity__pair_classes") }}
),

-- The seed has the pairs of each class per record: their share of all possible
-- pairs falls as there are more records.
stand_ins as (
    select
        seed.*,
        case
            when seed.field is null and seed.class <> 'stranger'
                then seed.log_probability + ln(
                    cast(pair_space.profiles as double precision)
                    / greatest(pair_space.possible_pairs, 1)
                )
            else seed.log_probability
        end as log_share,
        case
            when seed.field is null
                then cast(seed.class = 'stranger' as integer)
        end as unblocked_share
    from seed
    cross join pair_space
    left join comparison_levels
        on seed.field = comparison_levels.field
        and seed.level = comparison_levels.level
    where
        pair_space.profiles > 0
        and (seed.field is null or comparison_levels.field is not null)
        and seed.class in (select pair_classes.class from pair_classes)
        and not exists (select 1 from newest_fit)
),

final as (
    select
        fitted.parameter_key,
        fitted.class,
        fitted.is_match,
        fitted.field,
        fitted.level,
        fitted.log_probability,
        fitted.follows_u,
        fitted.unblocked_share
    from fitted
    inner join newest_fit on fitted.fit_id = newest_fit.fit_id
    union all
    select
        {{ dbt_utils.generate_surrogate_key(["class", "field", "level"]) }}
            as parameter_key,
        class,
        is_match,
        field,
        level,
        log_share as log_probability,
        follows_u,
        unblocked_share
    from stand_ins
)

select * from final
