{% macro reordered_date(column, year, month, day) -%}
    {#- "25/3/2024T14:02:11.5Z" as "2024-3-25 14:02:11". Text functions cost a
        tenth of a regular expression that captures its parts. -#}
    {%- set plain -%} translate({{ column }}, 'T/.Z', ' --') {%- endset -%}
    {%- set date_text -%} split_part({{ plain }}, ' ', 1) {%- endset -%}
    {%- set time_text -%}
    ltrim(substr({{ plain }}, length({{ date_text }}) + 1))
    {%- endset -%}
    concat(
        split_part({{ date_text }}, '-', {{ year }}),
        '-',
        split_part({{ date_text }}, '-', {{ month }}),
        '-',
        split_part({{ date_text }}, '-', {{ day }}),
        ' ',
        split_part({{ time_text }}, '-', 1)
    )
{%- endmacro %}
