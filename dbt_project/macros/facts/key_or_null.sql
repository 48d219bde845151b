{% macro key_or_null(fields) -%}
    case
        when {{ fields[-1] }} is not null
            then {{ dbt_utils.generate_surrogate_key(fields) }}
    end
{%- endmacro %}
