{% macro boolean_or_null(column) -%}
    case
        when lower({{ column }}) in ('true', 't', 'yes', 'y', '1', 'on')
            then true
        when lower({{ column }}) in ('false', 'f', 'no', 'n', '0', 'off')
            then false
    end
{%- endmacro %}
