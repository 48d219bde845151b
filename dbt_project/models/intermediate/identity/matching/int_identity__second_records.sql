{{ config(enabled=var("match_probabilistically")) }}

with records as (
    select * from {{ ref("int_identity__records") }}
),

profiles as (
    select * from {{ ref("int_identity__profiles") }}
),

clusters as (
    select * from {{ ref("int_identity__first_clusters") }}
),

merged as (
    select cluster
    from clusters
    group by cluster
    having count(*) > 1
),

final as (
    select
        records.customer_record_key,
        records.source,
        {%- for field in matching_fields() %}
        records.{{ field }},
        {%- endfor %}
        clusters.cluster as profile_key
    from records
    inner join profiles on records.profile_key = profiles.profile_key
    inner join clusters on profiles.profile_id = clusters.node
    inner join merged on clusters.cluster = merged.cluster
)

select * from final
