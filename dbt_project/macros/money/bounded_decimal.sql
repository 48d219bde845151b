{% macro bounded_decimal(column, digits, scale) -%}
    {#- `column` is what decimal_text made. A number with more digits before the
        point than anyone means is null: its cast, or the sum it goes into,
        would stop the whole run. -#}
    case
        when length(split_part(ltrim({{ column }}, '+-0'), '.', 1))
            <= {{ digits }}
            then cast({{ column }} as numeric(18, {{ scale }}))
    end
{%- endmacro %}
