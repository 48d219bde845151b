{% macro letters_only(column) -%}
    nullif(
        regexp_replace(
            lower(public.unaccent({{ column }})), '[^[:alpha:]]', '', 'g'
        ),
        ''
    )
{%- endmacro %}
