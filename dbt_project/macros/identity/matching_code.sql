{% macro matching_code(column, length=40) -%}
    {#- Letters and digits alone, lowercase. -#}
    nullif(
        left(
            regexp_replace(
                lower(public.unaccent({{ column }})), '[^[:alnum:]]', '', 'g'
            ),
            {{ length }}
        ),
        ''
    )
{%- endmacro %}
