{% macro saturation(column, half) -%}
    {#- Grows with `column` from 0 towards 1, and is one half at `half`; what is
        below nought, of either, counts as nought. -#}
    {%- set value -%} greatest({{ column }}, 0) {%- endset -%}
    coalesce(
        {{ value }} / nullif({{ value }} + greatest({{ half }}, 0), 0), 0
    )
{%- endmacro %}
