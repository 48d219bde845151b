{{ config(enabled=var("match_probabilistically")) }}

with records as (
    select * from {{ ref("int_identity__second_records") }}
),

profiles as (
    select * from {{ ref("int_identity__second_profiles") }}
),

clusters as (
    select * from {{ ref("int_identity__second_clusters") }}
),

final as (
    select
        records.customer_record_key,
        min(records.customer_record_key) over (partition by clusters.cluster)
            as cluster
    from records
    inner join profiles on records.profile_key = profiles.profile_key
    inner join clusters on profiles.profile_id = clusters.node
)

select * from final
