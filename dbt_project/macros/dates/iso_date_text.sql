{% macro iso_date_text(column, day_first) -%}
    {#- Rewrites the notations that people and programs use to
        "YYYY-MM-DD[ HH:MM:SS]"; anything else is null. Where day and month
        could be either, `day_first` decides: it is the source's own order. -#}
    {%- set time -%}
    (?:[ T]+(\d{1,2}:\d{2}(?::\d{2})?)(?:\.\d+)?)?Z?
    {%- endset -%}
    {%- set months = [
        "jan", "feb", "mar", "apr", "may", "jun",
        "jul", "aug", "sep", "oct", "nov", "dec",
    ] -%}
    {%- set name -%} ({{ months | join("|") }})[a-z]* {%- endset -%}
    {%- set month_first -%}
    {{ name }}\.? +(\d{1,2})(?:st|nd|rd|th)?,? +(\d{4}){{ time }}
    {%- endset -%}
    {%- set day_then_month -%}
    (\d{1,2})(?:st|nd|rd|th)?[. -]+{{ name }}[. ,-]+(\d{4}){{ time }}
    {%- endset -%}
    case
        when {{ column }} ~ '^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}{{ time }}$'
            then regexp_replace(
                {{ column }},
                '^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2}){{ time }}$',
                '\1-\2-\3 \4'
            )
        when {{ column }} ~ '^\d{8}$'
            then regexp_replace({{ column }}, '^(....)(..)(..)$', '\1-\2-\3')
        when {{ column }}
            ~ '^(1[3-9]|2\d|3[01])[-/.]\d{1,2}[-/.]\d{4}{{ time }}$'
            {%- if day_first %}
            or {{ column }}
            ~ '^\d{1,2}[-/.](0?[1-9]|1[0-2])[-/.]\d{4}{{ time }}$'
            {%- endif %}
            then regexp_replace(
                {{ column }},
                '^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}){{ time }}$',
                '\3-\2-\1 \4'
            )
        when {{ column }} ~ '^\d{1,2}[-/.]\d{1,2}[-/.]\d{4}{{ time }}$'
            then regexp_replace(
                {{ column }},
                '^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}){{ time }}$',
                '\3-\1-\2 \4'
            )
        {%- for form, month, day in [
            (month_first, 1, 2), (day_then_month, 2, 1),
        ] %}
        when {{ column }} ~* '^{{ form }}$'
            then {% for _ in months %}replace({% endfor -%}
            lower(
                regexp_replace(
                    {{ column }}, '^{{ form }}$',
                    '\3-\{{ month }}-\{{ day }} \4', 'i'
                )
            )
            {%- for month_name in months -%}
            , '{{ month_name }}', '{{ "%02d" | format(loop.index) }}')
            {%- endfor %}
        {%- endfor %}
    end
{%- endmacro %}
