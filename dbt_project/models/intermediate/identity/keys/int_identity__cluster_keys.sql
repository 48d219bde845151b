with contents as (
    select * from {{ ref("int_identity__cluster_contents") }}
),

key_overlaps as (
    select * from {{ ref("int_identity__key_overlaps") }}
),

known_keys as (
    select * from {{ ref("stg_identity__customer_keys") }}
),

history as (
    select * from {{ ref("stg_identity__customer_key_history") }}
),

clusters as (
    select
        cluster,
        customer_records,
        records_hash
    from contents
    where kept_key is null
),

claims as (
    select
        key_overlaps.cluster,
        key_overlaps.home_key as customer_key,
        key_overlaps.customer_records,
        known_keys.revision,
        known_keys.customer_key = known_keys.current_customer_key as is_in_use
    from key_overlaps
    inner join known_keys on key_overlaps.home_key = known_keys.customer_key
    where key_overlaps.is_claim
),

-- A key that is back beside one that was split from it: whatever parted the
-- two is undone.
whole_again as (
    select distinct
        claims.cluster,
        history.other_customer_key as customer_key
    from claims
    inner join history on claims.customer_key = history.customer_key
    where claims.is_in_use and history.kind = 'split'
),

ranked as (
    select
        claims.cluster,
        claims.customer_key,
        row_number() over (
            partition by claims.cluster
            order by
                -- one in use, before one that another had absorbed
                case
                    when claims.is_in_use then 1
                    when whole_again.customer_key is not null then 1
                    else 2
                end,
                claims.revision asc,
                claims.customer_records desc,
                claims.customer_key asc
        ) as claim_rank
    from claims
    left join whole_again
        on claims.cluster = whole_again.cluster
        and claims.customer_key = whole_again.customer_key
),

-- A record may have given its name to a key that is now of others.
names_taken as (
    select
        known_keys.first_record_key,
        count(*) as keys_minted
    from known_keys
    inner join clusters on known_keys.first_record_key = clusters.cluster
    group by known_keys.first_record_key
),

final as (
    select
        clusters.cluster,
        clusters.customer_records,
        clusters.records_hash,
        ranked.customer_key is null as is_minted,
        case
            when ranked.customer_key is not null then ranked.customer_key
            when names_taken.keys_minted is not null
                then {{ dbt_utils.generate_surrogate_key(
                    ["clusters.cluster", "names_taken.keys_minted"]
                ) }}
            else
                {{ dbt_utils.generate_surrogate_key(["clusters.cluster"]) }}
        end as customer_key
    from clusters
    left join ranked
        on clusters.cluster = ranked.cluster and ranked.claim_rank = 1
    left join names_taken on clusters.cluster = names_taken.first_record_key
)

select * from final
