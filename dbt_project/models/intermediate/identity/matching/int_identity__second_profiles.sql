{{ config(enabled=var("match_probabilistically")) }}

with profiles as (
    select * from {{ ref("int_identity__profiles") }}
),

merged_profiles as (
    select * from {{ ref("int_identity__merged_profiles") }}
),

clusters as (
    select * from {{ ref("int_identity__first_clusters") }}
),

-- a profile that met nobody stays as it is
lone as (
    select profiles.*
    from profiles
    inner join clusters on profiles.profile_id = clusters.node
    left join merged_profiles on clusters.cluster = merged_profiles.profile_id
    where merged_profiles.profile_id is null
),

final as (
    select
        profile_id,
        {%- for column in profile_columns() %}
        {{ column }},
        {%- endfor %}
        false as is_merged
    from lone
    union all
    select
        profile_id,
        {%- for column in profile_columns() %}
        {{ column }},
        {%- endfor %}
        true as is_merged
    from merged_profiles
)

select * from final
