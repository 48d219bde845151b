{% macro matching_profiles(
    records, all_records=none,
    profile_id="row_number() over (order by chosen.profile_key)"
) -%}
    {#- One profile for each `profile_key` of `records`: the most frequent value
        of each field, of those the one that most of `all_records` have, then
        the longest; and what the fields are blocked and compared by. -#}
    {%- set fields = matching_fields() %}

with records as (
    select * from {{ records }}
),

sizes as (
    select
        profile_key,
        count(*) as records
    from records
    group by profile_key
),

{%- for field in fields %}

{{ field }}_counts as (
    select
        records.profile_key,
        records.{{ field }},
        count(*) as records
    from records
    inner join sizes on records.profile_key = sizes.profile_key
    where records.{{ field }} is not null and sizes.records > 1
    group by records.profile_key, records.{{ field }}
),

{{ field }}_usage as (
    select
        {{ field }},
        count(*) as records
    from {{ all_records or records }}
    where {{ field }} is not null
    group by {{ field }}
),

{{ field }}_ranked as (
    select
        counts.profile_key,
        counts.{{ field }},
        row_number() over (
            partition by counts.profile_key
            order by
                counts.records desc,
                length(counts.{{ field }}) > 2 desc,
                usage.records desc,
                length(counts.{{ field }}) desc,
                counts.{{ field }} collate "C" asc
        ) as value_rank
    from {{ field }}_counts as counts
    inner join {{ field }}_usage as usage
        on counts.{{ field }} = usage.{{ field }}
),
{%- endfor %}

origins as (
    select
        profile_key,
        case when count(distinct source) = 1 then min(source) end as source
    from records
    group by profile_key
),

chosen as (
    select
        sizes.profile_key,
        origins.source,
        {%- for field in fields %}
        {{ field }}_ranked.{{ field }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from sizes
    inner join origins on sizes.profile_key = origins.profile_key
    {%- for field in fields %}
    left join {{ field }}_ranked
        on sizes.profile_key = {{ field }}_ranked.profile_key
        and {{ field }}_ranked.value_rank = 1
    {%- endfor %}
    where sizes.records > 1
    union all
    select
        records.profile_key,
        records.source,
        {%- for field in fields %}
        records.{{ field }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from records
    inner join sizes on records.profile_key = sizes.profile_key
    where sizes.records = 1
),

nicknames as (
    select * from {{ ref("nicknames") }}
),

given_names as (
    select
        chosen.given_name,
        array_agg(
            distinct coalesce(nicknames.full_name, chosen.given_name)
        ) as full_names
    from chosen
    left join nicknames on replace(chosen.given_name, ' ', '') = nicknames.name
    where chosen.given_name is not null
    group by chosen.given_name
),

addresses as (
    {{ address_features("chosen") }}
),

final as (
    select
        {{ profile_id }} as profile_id,
        chosen.*,
        {{ name_sound("chosen.given_name") }} as given_sound,
        {{ name_sound("chosen.family_name") }} as family_sound,
        given_names.full_names,
        split_part(chosen.email, '@', 1) as email_local,
        nullif(split_part(chosen.email, '@', 2), '') as email_domain,
        addresses.address_words,
        addresses.address_numbers
    from chosen
    left join given_names on chosen.given_name = given_names.given_name
    left join addresses on chosen.address = addresses.address
)

select * from final
{%- endmacro %}
