{% macro clean_text(column) -%}
    {#- Damaged encodings are repaired before NFKC folds the damage itself. -#}
    nullif(
        trim(
            regexp_replace(
                regexp_replace(
                    normalize({{ repair_mojibake(column) }}, nfkc),
                    '[\u00ad\u200b-\u200d\u2060\ufeff]', '', 'g'
                ),
                '[[:space:][:cntrl:]]+', ' ', 'g'
            )
        ),
        ''
    )
{%- endmacro %}
