{{ config(
    enabled=var("match_probabilistically"),
    post_hook="{{ remember_statistics() }}",
) }}
-- depends_on: {{ ref("int_identity__newest_fit") }}
-- depends_on: {{ ref("int_identity__large_blocks") }}
-- depends_on: {{ ref("int_identity__second_large_blocks") }}
-- depends_on: {{ ref("int_identity__profile_shares") }}
-- depends_on: {{ ref("int_identity__second_shares") }}
-- depends_on: {{ ref("int_identity__field_rarities") }}
-- depends_on: {{ ref("int_identity__second_field_rarities") }}

with records as (
    select * from {{ ref("int_identity__records") }}
),

profiles as (
    select * from {{ ref("int_identity__profiles") }}
),

first_clusters as (
    select * from {{ ref("int_identity__first_clusters") }}
),

second_clusters as (
    select * from {{ ref("int_identity__second_clusters") }}
),

final as (
    select
        records.customer_record_key,
        min(records.customer_record_key) over (
            partition by second_clusters.cluster
        ) as cluster
    from records
    inner join profiles on records.profile_key = profiles.profile_key
    inner join first_clusters on profiles.profile_id = first_clusters.node
    inner join second_clusters on first_clusters.cluster = second_clusters.node
)

select * from final
