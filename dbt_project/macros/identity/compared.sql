{% macro compared() -%}
    {#- The vector of `this` and `other`, three bits a field. -#}
    {%- for comparison in comparisons() %}
    {%- set field = comparison.field %}
    {% if not loop.first %}| {% endif -%}
    (
        case
            when this.{{ field }} is null or other.{{ field }} is null
                {%- if comparison.unless %}
                or {{ comparison.unless }}
                {%- endif %}
                then 0
            {%- for label, condition in comparison.levels %}
            {%- if condition is not none %}
            when {{ condition }} then {{ loop.index }}
            {%- else %}
            else {{ loop.index }}
            {%- endif %}
            {%- endfor %}
        end::bigint << {{ 3 * loop.index0 }}
    )
    {%- endfor %}
{%- endmacro %}
