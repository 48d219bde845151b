{% macro iso_date_text(column, day_first) -%}
    {#- Rewrites the notations that people and programs use to
        "YYYY-MM-DD[ HH:MM:SS[ PM| +0200]]"; anything else is null. Where day
        and month could be either, `day_first` decides: it is the source's own
        order, none where the source has not declared one. -#}
    {%- set zone = "[AaPp][Mm]|UTC|[+-][0-9]{2}(:?[0-9]{2})?" -%}
    {%- set clock = "[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?([.][0-9]+)?" -%}
    {%- set time = "([ T]+" ~ clock ~ "( ?(" ~ zone ~ "))?)?Z?" -%}
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
        {%- if day_first is none %}
        when {{ column }}
            ~ '^0?([0-9]{1,2})[-/.]0?\1[-/.][0-9]{4}{{ time }}$'
            or {{ column }}
            ~ '^[0-9]{1,2}[-/.](1[3-9]|2[0-9]|3[01])[-/.][0-9]{4}{{ time }}$'
        {%- else %}
        when {{ column }} ~ '^([0-9]{1,2}[-/.]){2}[0-9]{4}{{ time }}$'
        {%- endif %}
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
                {{ clock_time(column) }}
            )
    end
{%- endmacro %}
