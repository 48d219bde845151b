with clusters as (
    select * from {{ ref("int_identity__record_clusters") }}
),

known_keys as (
    select * from {{ ref("stg_identity__customer_keys") }}
),

contents as (
    select
        cluster,
        count(*) as customer_records,
        bit_xor(hashtextextended(customer_record_key, 0)) as records_hash
    from clusters
    group by cluster
),

final as (
    select
        contents.cluster,
        contents.customer_records,
        contents.records_hash,
        known_keys.customer_key as kept_key
    from contents
    left join known_keys
        on contents.cluster = known_keys.cluster
        and contents.customer_records = known_keys.customer_records
        and contents.records_hash = known_keys.records_hash
)

select * from final
