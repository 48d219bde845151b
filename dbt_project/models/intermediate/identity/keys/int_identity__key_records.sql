with cluster_records as (
    select * from {{ ref("int_identity__cluster_records") }}
),

cluster_keys as (
    select * from {{ ref("int_identity__cluster_keys") }}
),

key_overlaps as (
    select * from {{ ref("int_identity__key_overlaps") }}
),

final as (
    select
        cluster_records.customer_record_key,
        -- A key that was absorbed keeps its records, to be found again when
        -- they part; those that have left its others count for a new one.
        case
            when key_overlaps.is_claim then cluster_records.home_key
            else cluster_keys.customer_key
        end as home_key
    from cluster_records
    inner join cluster_keys on cluster_records.cluster = cluster_keys.cluster
    left join key_overlaps
        on cluster_records.home_key = key_overlaps.home_key
        and cluster_records.cluster = key_overlaps.cluster
)

select * from final
