{% macro saturation(column, half) -%}
    {#- Grows with `column` from 0 towards 1, and is one half at `half`. -#}
    coalesce(
        greatest({{ column }}, 0)
        / nullif(greatest({{ column }}, 0) + {{ half }}, 0),
        0
    )
{%- endmacro %}
