{% macro health_points(component) -%}
    round(
        cast(weights.{{ component }} * components.{{ component }} as numeric), 2
    )
{%- endmacro %}
