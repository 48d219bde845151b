{% macro clean_text(column) -%}
    {#- Damaged encodings are repaired first, before NFKC folds the damage
        itself; signs that NFKC would spell out ("TM") are dropped. -#}
    nullif(
        trim(
            regexp_replace(
                normalize(
                    regexp_replace(
                        {{ repair_mojibake(column) }},
                        '[\u00a9\u00ad\u00ae\u200b-\u200d\u2060\u2122\ufeff]',
                        '', 'g'
                    ),
                    nfkc
                ),
                '[[:space:][:cntrl:]]+', ' ', 'g'
            )
        ),
        ''
    )
{%- endmacro %}
