{% macro clock_time(column) -%}
    {#- "2:02:11 PM" or "14:02:11 +0200" out of "Mar 5, 2024 14:02:11.5+0200";
        fractions of a second are off. -#}
    {%- set zone = "[AaPp][Mm]|[+-][0-9]{2}(?::?[0-9]{2})?" -%}
    concat(
        substring({{ column }} from '[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?'),
        ' ',
        substring(
            {{ column }}
            from ':[0-9]{2}(?:[.][0-9]+)? ?({{ zone }})'
        )
    )
{%- endmacro %}
