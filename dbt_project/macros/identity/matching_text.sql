{% macro matching_text(column, length=100) -%}
    {#- Letters and digits, lowercase, without accents; all else is a space. It
        ends where levenshtein would refuse. -#}
    nullif(
        left(
            trim(
                regexp_replace(
                    lower(public.unaccent({{ column }})),
                    '[^[:alnum:]]+', ' ', 'g'
                )
            ),
            {{ length }}
        ),
        ''
    )
{%- endmacro %}
