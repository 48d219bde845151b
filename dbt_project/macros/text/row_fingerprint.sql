{% macro row_fingerprint(columns) -%}
    {#- Orders rows by what they say, never by where they stood in a file. -#}
    md5(
        cast(
            row({% for column in columns %}{{ column }}
                {%- if not loop.last %}, {% endif %}{% endfor %}) as text
        )
    )
{%- endmacro %}
