{% macro iso_date_text(column, day_first) -%}
    {#- Rewrites the notations that people and programs use to
        "YYYY-MM-DD[ HH:MM:SS]"; anything else is null. Where day and month
        could be either, `day_first` decides: it is the source's own order. -#}
    {%- set time -%}
    ([ T]+[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?([.][0-9]+)?)?Z?
    {%- endset -%}
    {%- set months = [
        "jan", "feb", "mar", "apr", "may", "jun",
        "jul", "aug", "sep", "oct", "nov", "dec",
    ] -%}
    {%- set name -%} ({{ months | join("|") }})[a-z]* {%- endset -%}
    case
        when {{ column }} ~ '^[0-9]{4}([-/.][0-9]{1,2}){2}{{ time }}$'
            then {{ reordered_date(column, year=1, month=2, day=3) }}
        when {{ column }} ~ '^[0-9]{8}$'
            then concat_ws(
                '-',
                substr({{ column }}, 1, 4),
                substr({{ column }}, 5, 2),
                substr({{ column }}, 7, 2)
            )
        when {{ column }}
            ~ '^(1[3-9]|2[0-9]|3[01])[-/.][0-9]{1,2}[-/.][0-9]{4}{{ time }}$'
            {%- if day_first %}
            or {{ column }}
            ~ '^[0-9]{1,2}[-/.](0?[1-9]|1[0-2])[-/.][0-9]{4}{{ time }}$'
            {%- endif %}
            then {{ reordered_date(column, year=3, month=2, day=1) }}
        when {{ column }} ~ '^([0-9]{1,2}[-/.]){2}[0-9]{4}{{ time }}$'
            then {{ reordered_date(column, year=3, month=1, day=2) }}
        when {{ column }} ~* (
            '^({{ name }}[.]? +[0-9]{1,2}(st|nd|rd|th)?,? +'
            || '|[0-9]{1,2}(st|nd|rd|th)?[. -]+{{ name }}[. ,-]+)'
            || '[0-9]{4}{{ time }}$'
        )
            then concat(
                substring({{ column }} from '[0-9]{4}'),
                '-',
                (
                    strpos(
                        '{{ months | join }}',
                        substring(lower({{ column }}) from '[a-z]{3}')
                    ) + 2
                ) / 3,
                '-',
                substring({{ column }} from '[0-9]{1,2}'),
                ' ',
                substring({{ column }} from '[0-9]{1,2}:[0-9:]+')
            )
    end
{%- endmacro %}
