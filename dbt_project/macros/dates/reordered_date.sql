{% macro reordered_date(column, year, month, day) -%}
    {#- "25/3/2024T14:02:11Z" as "2024-3-25 14:02:11". Text functions cost a
        tenth of a regular expression that captures its parts: only a time with
        more to it than hours, minutes and seconds is read by one. -#}
    {%- set plain -%} translate({{ column }}, 'T/.Z', ' --') {%- endset -%}
    {%- set date_text -%} split_part({{ plain }}, ' ', 1) {%- endset -%}
    concat(
        split_part({{ date_text }}, '-', {{ year }}),
        '-',
        split_part({{ date_text }}, '-', {{ month }}),
        '-',
        split_part({{ date_text }}, '-', {{ day }}),
        ' ',
        case
            when length(split_part({{ plain }}, ':', 2)) in (0, 2)
                and length(split_part({{ plain }}, ':', 3)) in (0, 2)
                then ltrim(substr({{ plain }}, length({{ date_text }}) + 1))
            else {{ clock_time(column) }}
        end
    )
{%- endmacro %}
