{% macro matching_profiles(
    records, all_records=none,
    profile_id="row_number() over (order by profile_key)"
) -%}
    {#- One profile for each `profile_key` of `records`: the most frequent value
        of each field, of those the one that most of `all_records` have, then
        the longest; and what the fields are blocked and compared by. -#}
    {%- set fields = matching_fields() %}

with sizes as (
    select
        profile_key,
        {{ profile_id }} as profile_id,
        count(*) as records
    from {{ records }}
    group by profile_key
),

numbered as (
    select
        sizes.profile_id,
        sizes.records > 1 as has_others,
        records.*
    from {{ records }} as records
    inner join sizes on records.profile_key = sizes.profile_key
),

merged as (
    select
        profile_id,
        min(profile_key) as profile_key,
        {%- for field in fields %}
        min({{ field }}) as {{ field }},
        max({{ field }}) as last_{{ field }},
        {%- endfor %}
        case when count(distinct source) = 1 then min(source) end as source
    from numbered
    where has_others
    group by profile_id
),

-- Most profiles have one value of a field, and nothing to choose from.
{%- for field in fields %}

{{ field }}_counts as (
    select
        numbered.profile_id,
        numbered.{{ field }},
        count(*) as records
    from merged
    inner join numbered on merged.profile_id = numbered.profile_id
    where
        merged.{{ field }} <> merged.last_{{ field }}
        and numbered.{{ field }} is not null
    group by numbered.profile_id, numbered.{{ field }}
),

{{ field }}_usage as (
    select
        {{ field }},
        count(*) as records
    from {{ all_records or records }}
    where {{ field }} in (select {{ field }} from {{ field }}_counts)
    group by {{ field }}
),

{{ field }}_ranked as (
    select
        counts.profile_id,
        counts.{{ field }},
        row_number() over (
            partition by counts.profile_id
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

chosen as (
    select
        merged.profile_id,
        merged.profile_key,
        merged.source,
        {%- for field in fields %}
        coalesce({{ field }}_ranked.{{ field }}, merged.{{ field }})
            as {{ field }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from merged
    {%- for field in fields %}
    left join {{ field }}_ranked
        on merged.profile_id = {{ field }}_ranked.profile_id
        and {{ field }}_ranked.value_rank = 1
    {%- endfor %}
    union all
    select
        profile_id,
        profile_key,
        source,
        {%- for field in fields %}
        {{ field }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from numbered
    where not has_others
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
