with records as (
    select * from {{ ref("int_identity__records") }}
),

profiles as (
    select * from {{ ref("int_identity__profiles") }}
),

clusters as (
    select * from {{ ref("int_identity__first_clusters") }}
),

final as (
    select
        records.customer_record_key,
        clusters.cluster as profile_key,
        records.source,
        {%- for field in matching_fields() %}
        records.{{ field }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from records
    inner join profiles on records.profile_key = profiles.profile_key
    inner join clusters on profiles.profile_id = clusters.node
)

select * from final
