with contents as (
    select * from {{ ref("int_identity__cluster_contents") }}
),

key_overlaps as (
    select * from {{ ref("int_identity__key_overlaps") }}
),

known_keys as (
    select * from {{ ref("stg_identity__customer_keys") }}
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
        row_number() over (
            partition by key_overlaps.cluster
            order by
                -- one in use, before one that another had absorbed
                case
                    when known_keys.customer_key
                        = known_keys.current_customer_key
                        then 1
                    else 2
                end,
                known_keys.revision asc,
                key_overlaps.customer_records desc,
                key_overlaps.home_key asc
        ) as claim_rank
    from key_overlaps
    inner join known_keys on key_overlaps.home_key = known_keys.customer_key
    where key_overlaps.is_claim
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
        claims.customer_key is null as is_minted,
        case
            when claims.customer_key is not null then claims.customer_key
            when names_taken.keys_minted is not null
                then {{ dbt_utils.generate_surrogate_key(
                    ["clusters.cluster", "names_taken.keys_minted"]
                ) }}
            else
                {{ dbt_utils.generate_surrogate_key(["clusters.cluster"]) }}
        end as customer_key
    from clusters
    left join claims
        on clusters.cluster = claims.cluster and claims.claim_rank = 1
    left join names_taken on clusters.cluster = names_taken.first_record_key
)

select * from final
