with known_keys as (
    select * from {{ ref("stg_identity__customer_keys") }}
),

history as (
    select * from {{ ref("stg_identity__customer_key_history") }}
),

contents as (
    select * from {{ ref("int_identity__cluster_contents") }}
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

-- What has exactly the records that it had stays as it is, and so do those
-- that it has absorbed.
kept_keys as (
    select kept_key
    from contents
    where kept_key is not null
),

carried_over as (
    select
        key_overlaps.home_key,
        cluster_keys.customer_key
    from key_overlaps
    inner join cluster_keys on key_overlaps.cluster = cluster_keys.cluster
    where key_overlaps.is_claim
),

resolved as (
    select
        known_keys.customer_key,
        known_keys.first_record_key,
        known_keys.revision,
        known_keys.current_customer_key as previous_customer_key,
        -- a key without records follows the one that has absorbed it
        coalesce(carried_over.customer_key, absorbers.customer_key)
            as current_customer_key
    from known_keys
    left join kept_keys on known_keys.current_customer_key = kept_keys.kept_key
    left join carried_over
        on known_keys.customer_key = carried_over.home_key
    left join carried_over as absorbers
        on known_keys.current_customer_key = absorbers.home_key
        and known_keys.current_customer_key <> known_keys.customer_key
        and carried_over.home_key is null
    where
        kept_keys.kept_key is null
        and (
            known_keys.current_customer_key is not null
            or carried_over.customer_key is not null
        )
    union all
    select
        cluster_keys.customer_key,
        cluster_keys.cluster as first_record_key,
        next_revision.revision,
        null as previous_customer_key,
        cluster_keys.customer_key as current_customer_key
    from cluster_keys
    cross join next_revision
    where cluster_keys.is_minted
),

final as (
    select
        resolved.customer_key,
        resolved.first_record_key,
        resolved.revision,
        resolved.previous_customer_key,
        resolved.current_customer_key,
        cluster_keys.cluster,
        cluster_keys.customer_records,
        cluster_keys.records_hash,
        next_revision.revision as next_revision
    from resolved
    cross join next_revision
    left join cluster_keys
        on resolved.customer_key = cluster_keys.customer_key
)

select * from final
