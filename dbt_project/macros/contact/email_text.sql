{% macro email_text(column) -%}
    {#- Strips what people and programs wrap around an address: a display name,
        angle brackets, mailto:, quotes, punctuation at either end. -#}
    nullif(
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    lower({{ clean_text(column) }}), '^.*<([^<>]*)>.*$', '\1'
                ),
                '^mailto:', ''
            ),
            '^[[:space:]"''(<.,;:]+|[[:space:]"'')>.,;:]+$', '', 'g'
        ),
        ''
    )
{%- endmacro %}
