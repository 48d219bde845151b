{% macro epoch_timestamp(column, unit) -%}
    {#- A count of seconds, milliseconds or microseconds since 1970, in UTC. One
        that leads out of the years in which anything can have happened is null:
        it is in another unit, or no time at all. -#}
    {%- set units = {
        "second": 1, "millisecond": 1000, "microsecond": 1000000,
    } -%}
    {%- if unit not in units -%}
        {{ exceptions.raise_compiler_error(
            "epoch_timestamp takes the unit " ~ (units.keys() | join(", "))
            ~ "; not " ~ unit
        ) }}
    {%- endif -%}
    {%- set seconds -%}
    (cast(split_part({{ column }}, '.', 1) as bigint) / {{ units[unit] }})
    {%- endset -%}
    {%- set date = modules.datetime.date -%}
    {%- set first = date(var("earliest_year"), 1, 1) - date(1970, 1, 1) -%}
    {%- set last = date(var("latest_year"), 12, 31) - date(1970, 1, 1) -%}
    case
        when {{ column }} ~ '^[0-9]{1,17}([.]0*)?$'
            then case
                when {{ seconds }} between {{ first.days * 86400 }}
                    and {{ last.days * 86400 + 86399 }}
                    then cast('1970-01-01' as timestamp)
                        + {{ seconds }} * interval '1 second'
            end
    end
{%- endmacro %}
