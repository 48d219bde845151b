{% macro person_name(column) -%}
    {#- Letters, marks and the punctuation of names; symbols are off. -#}
    nullif(
        trim(
            regexp_replace(
                regexp_replace(
                    {{ clean_text(column) }},
                    '[^[:alpha:]\u0300-\u036f ''’.-]', '', 'g'
                ),
                ' +', ' ', 'g'
            ),
            ' ''’.-'
        ),
        ''
    )
{%- endmacro %}
