{% macro clean_text(column) -%}
    nullif(
        trim(
            regexp_replace(
                regexp_replace(
                    normalize({{ column }}, nfkc),
                    '[\u00ad\u200b-\u200d\u2060\ufeff]', '', 'g'
                ),
                '[[:space:][:cntrl:]]+', ' ', 'g'
            )
        ),
        ''
    )
{%- endmacro %}
