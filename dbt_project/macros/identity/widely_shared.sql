{% macro widely_shared(records, field) -%}
    select {{ field }}
    from {{ records }}
    where {{ field }} is not null
    group by {{ field }}
    having count(distinct profile_key) > {{ var("max_profiles_per_value") }}
{%- endmacro %}
