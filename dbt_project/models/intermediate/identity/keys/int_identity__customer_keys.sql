with known_keys as (
    select * from {{ ref("stg_identity__customer_keys") }}
),

history as (
    select * from {{ ref("stg_identity__customer_key_history") }}
),

key_overlaps as (
    select * from {{ ref("int_identity__key_overlaps") }}
),

cluster_keys as (
    select * from {{ ref("int_identity__cluster_keys") }}
),

next_revision as (
    select coalesce(max(revision), 0) + 1 as revision
    from history
),

carried_over as (
    select
        key_overlaps.home_key,
        cluster_keys.customer_key
    from key_overlaps
    inner join cluster_keys on key_overlaps.cluster = cluster_keys.cluster
    where key_overlaps.is_claim
),

final as (
    select
        known_keys.customer_key,
        known_keys.first_record_key,
        known_keys.revision,
        known_keys.current_customer_key as previous_customer_key,
        -- a key without records follows the one that has absorbed it
        coalesce(carried_over.customer_key, absorbers.customer_key)
            as current_customer_key,
        next_revision.revision as next_revision
    from known_keys
    cross join next_revision
    left join carried_over
        on known_keys.customer_key = carried_over.home_key
    left join carried_over as absorbers
        on known_keys.current_customer_key = absorbers.home_key
        and known_keys.current_customer_key <> known_keys.customer_key
        and carried_over.home_key is null
    union all
    select
        cluster_keys.customer_key,
        cluster_keys.cluster as first_record_key,
        next_revision.revision,
        null as previous_customer_key,
        cluster_keys.customer_key as current_customer_key,
        next_revision.revision as next_revision
    from cluster_keys
    cross join next_revision
    where cluster_keys.is_minted
)

select * from final
