{{ config(enabled=var("match_probabilistically")) }}

with comparisons as (
    select * from {{ ref("int_identity__record_comparisons") }}
),

pair_space as (
    select * from {{ ref("int_identity__pair_space") }}
),

drawn as (
    select distinct
        least(first_id, second_id) as profile_id,
        greatest(first_id, second_id) as other_profile_id
    from (
        select
            1 + mod(
                hashint8extended(draw, 1) & 9223372036854775807,
                nullif(profiles, 0)
            ) as first_id,
            1 + mod(
                hashint8extended(draw, 2) & 9223372036854775807,
                nullif(profiles, 0)
            ) as second_id
        from pair_space
        cross join generate_series(1, {{ var("random_pairs") }}) as draw
    ) as draws
    where first_id <> second_id
),

-- What blocking brought together is counted as it is, to the last pair; drawn
-- are those that it did not.
unblocked_comparisons as (
    select {{ compared() }} as vector
    from drawn
    inner join {{ ref("int_identity__record_profiles") }} as this
        on drawn.profile_id = this.profile_id
    inner join {{ ref("int_identity__record_profiles") }} as other
        on drawn.other_profile_id = other.profile_id
    left join comparisons
        on drawn.profile_id = comparisons.profile_id
        and drawn.other_profile_id = comparisons.other_profile_id
    where
        comparisons.profile_id is null
        {%- if var("identity_link_only") %}
        and this.source is distinct from other.source
        {%- endif %}
),

final as (
    select
        'candidate' as origin,
        vector,
        count(*) as pairs
    from comparisons
    group by vector
    union all
    select
        'unblocked' as origin,
        vector,
        count(*) as pairs
    from unblocked_comparisons
    group by vector
)

select * from final
