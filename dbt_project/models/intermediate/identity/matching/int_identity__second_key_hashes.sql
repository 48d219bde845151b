{{ config(enabled=var("match_probabilistically")) }}

with key_hashes as (
    select * from {{ ref("int_identity__key_hashes") }}
),

profiles as (
    select * from {{ ref("int_identity__second_profiles") }}
),

merged_key_hashes as (
    {{ block_keys(ref("int_identity__merged_profiles")) }}
),

lone as (
    select key_hashes.*
    from key_hashes
    inner join profiles on key_hashes.profile_id = profiles.profile_id
    where not profiles.is_merged
),

final as (
    select
        profile_id,
        {%- for column in key_columns() %}
        {{ column }},
        {%- endfor %}
        source,
        false as is_new
    from lone
    union all
    select
        profile_id,
        {%- for column in key_columns() %}
        {{ column }},
        {%- endfor %}
        source,
        is_new
    from merged_key_hashes
)

select * from final
