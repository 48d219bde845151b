{{ config(enabled=var("match_probabilistically")) }}

with records as (
    select * from {{ ref("int_identity__records") }}
),

profiles as (
    select * from {{ ref("int_identity__profiles") }}
),

first_joins as (
    {{ joined_profiles(
        ref("int_identity__first_clusters"), ref("int_identity__member_scores")
    ) }}
),

first_clusters as (
    select * from {{ ref("int_identity__first_clusters") }}
),

second_joins as (
    {{ joined_profiles(
        ref("int_identity__second_clusters"),
        ref("int_identity__second_member_scores"),
    ) }}
),

comparison_levels as (
    select * from {{ ref("int_identity__comparison_levels") }}
),

newest_fit as (
    select * from {{ ref("int_identity__newest_fit") }}
),

joins as (
    select
        records.customer_record_key,
        1 as pass,
        first_joins.score,
        first_joins.vector
    from records
    inner join profiles on records.profile_key = profiles.profile_key
    inner join first_joins on profiles.profile_id = first_joins.profile_id
    union all
    select
        records.customer_record_key,
        2 as pass,
        second_joins.score,
        second_joins.vector
    from records
    inner join profiles on records.profile_key = profiles.profile_key
    inner join first_clusters on profiles.profile_id = first_clusters.node
    inner join second_joins
        on first_clusters.cluster = second_joins.profile_id
),

vectors as (
    select distinct vector from joins
),

texts as (
    select
        vectors.vector,
        string_agg(
            replace(comparison_levels.field, '_', ' ')
            || ' ' || comparison_levels.label,
            '; '
            order by comparison_levels.position
        ) as evidence
    from vectors
    inner join comparison_levels
        on comparison_levels.level
        = ((vectors.vector >> (3 * comparison_levels.position)) & 7)
    group by vectors.vector
),

final as (
    select
        joins.customer_record_key,
        joins.pass,
        joins.score,
        texts.evidence,
        coalesce(
            (select newest_fit.model_version from newest_fit), 'seed'
        ) as model_version
    from joins
    inner join texts on joins.vector = texts.vector
)

select * from final
