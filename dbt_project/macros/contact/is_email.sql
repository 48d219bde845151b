{% macro is_email(column) -%}
    {#- The addresses that mail servers accept in practice: RFC 5321 without
        quoted local parts and address literals. -#}
    coalesce(
        {{ column }} ~ (
            '^[a-z0-9!#$%&''*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&''*+/=?^_`{|}~-]+)*'
            || '@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$'
        )
        and length({{ column }}) <= 254
        and strpos({{ column }}, '@') <= 65,
        false
    )
{%- endmacro %}
