{% macro clean_text(column) -%}
    {#- Damaged encodings are repaired first, before NFKC folds the damage
        itself; signs that NFKC would spell out ("TM") are dropped. Most text
        is plain ASCII with single spaces: a look at it spares the rest. -#}
    {%- set without_signs -%}
    regexp_replace(
        {{ repair_mojibake(column) }},
        '[\u00a9\u00ad\u00ae\u200b-\u200d\u2060\u2122\ufeff]', '', 'g'
    )
    {%- endset -%}
    case
        when {{ column }} ~ '^[!-~]+( [!-~]+)*$' then {{ column }}
        else nullif(
            trim(
                regexp_replace(
                    normalize({{ without_signs }}, nfkc),
                    '[[:space:][:cntrl:]]+', ' ', 'g'
                )
            ),
            ''
        )
    end
{%- endmacro %}
