{% macro campaign_key(column) -%}
    {#- "Black Friday 2025", "black_friday_2025" and "BLACK-FRIDAY-2025" are one
        campaign: links carry a name in another spelling than spreadsheets. -#}
    {%- set name_key -%}
    nullif(
        regexp_replace(
            lower(public.unaccent({{ column }})), '[^[:alnum:]]', '', 'g'
        ),
        ''
    )
    {%- endset -%}
    {{ key_or_null([name_key]) }}
{%- endmacro %}
