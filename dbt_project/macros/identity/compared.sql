{% macro compared() -%}
    {#- The vector of `this` and `other`, three bits a field. -#}
    {%- for comparison in comparisons() %}
    {%- set field = comparison.field %}
    {% if not loop.first %}| {% endif -%}
    (
        case
            when this.{{ field }} is null or other.{{ field }} is null then 0
            when {{ comparison.levels[0][1] | join(" or ") }} then 1
            {%- if comparison.unless %}
            when {{ comparison.unless }} then 0
            {%- endif %}
            else {{ nearest_level(comparison.levels) }}
        end::bigint << {{ 3 * loop.index0 }}
    )
    {%- endfor %}
{%- endmacro %}
