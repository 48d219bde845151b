{% macro iso_timestamp(column, earliest_year=none) -%}
    {#- `column` is what iso_date_text made. A day that the calendar lacks, such
        as 30 February, is null: a cast alone would stop the whole run. So is a
        year that no event can have: 9999-12-31 means "for ever" somewhere, and
        would put every customer's last order eight thousand years back. What
        is no event, such as a day of birth, may name an `earliest_year`. -#}
    {%- set year = "cast(split_part(" ~ column ~ ", '-', 1) as integer)" -%}
    {%- set month = "cast(split_part(" ~ column ~ ", '-', 2) as integer)" -%}
    {%- set day -%}
    cast(split_part(split_part({{ column }}, '-', 3), ' ', 1) as integer)
    {%- endset -%}
    {%- set time = "split_part(" ~ column ~ ", ' ', 2)" -%}
    {%- set zone = "split_part(" ~ column ~ ", ' ', 3)" -%}
    case
        when {{ year }}
            between {{ earliest_year or var("earliest_year") }}
            and {{ var("latest_year") }}
            and {{ month }} between 1 and 12
            and {{ day }} between 1 and case
                when {{ month }} in (4, 6, 9, 11) then 30
                when {{ month }} <> 2 then 31
                when {{ year }} % 4 = 0
                    and ({{ year }} % 100 <> 0 or {{ year }} % 400 = 0)
                    then 29
                else 28
            end
            and (
                {{ time }} = ''
                or {{ time }} ~ '^([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?$'
            )
            then case
                when {{ zone }} = '' then cast({{ column }} as timestamp)
                when {{ zone }} ~ '^[+-](0\d|1[0-4])(:?[0-5]\d)?$'
                    then cast({{ column }} as timestamp with time zone)
                        at time zone 'UTC'
                when {{ zone }} ~* '^[ap]m$'
                    and {{ time }} ~ '^(0?[1-9]|1[0-2]):'
                    then cast({{ column }} as timestamp)
            end
    end
{%- endmacro %}
