{% macro vin_text(column) -%}
    {#- Written in groups, or in small letters, it is the same number. -#}
    nullif(
        upper(regexp_replace({{ clean_text(column) }}, '[ ._/-]', '', 'g')),
        ''
    )
{%- endmacro %}
