{% macro matching_text(column, length=100) -%}
    {#- Letters and digits, lowercase, without accents; all else is a space. It
        ends where levenshtein would refuse. -#}
    nullif(
        left(
            trim(
                regexp_replace(
                    lower(public.unaccent({{ column }})),
                    '[^[:alnum:]]+', ' ', 'g'
                )
            ),
            {{ length }}
        ),
        ''
    )
{%- endmacro %}


{% macro matching_code(column, length=40) -%}
    {#- Letters and digits alone, lowercase. -#}
    nullif(
        left(
            regexp_replace(
                lower(public.unaccent({{ column }})), '[^[:alnum:]]', '', 'g'
            ),
            {{ length }}
        ),
        ''
    )
{%- endmacro %}


{% macro name_sound(column) -%}
    {{ return(adapter.dispatch("name_sound")(column)) }}
{%- endmacro %}


{% macro postgres__name_sound(column) -%}
    {#- What has no sound, as names in other scripts, sounds like itself. -#}
    coalesce(nullif(public.dmetaphone({{ column }}), ''), {{ column }})
{%- endmacro %}


{% macro matching_date(column) -%}
    {#- Eight digits, the year first; what is written otherwise, its digits. -#}
    {%- set parts = "regexp_split_to_array(trim(" ~ column ~ "), '[^0-9]+')" -%}
    nullif(
        case
            when {{ column }} ~ '^ *[0-9]{4}[^0-9]+[0-9]{1,2}[^0-9]+[0-9]{1,2}'
                then ({{ parts }})[1]
                || lpad(({{ parts }})[2], 2, '0')
                || lpad(left(({{ parts }})[3], 2), 2, '0')
            when {{ column }} ~ '^ *[0-9]{1,2}[^0-9]+[0-9]{1,2}[^0-9]+[0-9]{4}'
                then left(({{ parts }})[3], 4)
                || lpad(({{ parts }})[2], 2, '0')
                || lpad(({{ parts }})[1], 2, '0')
            else left(regexp_replace({{ column }}, '[^0-9]', '', 'g'), 8)
        end,
        ''
    )
{%- endmacro %}


{% macro matching_phone(column) -%}
    {#- Without the prefix of the country, which not everybody writes. -#}
    nullif(right(regexp_replace({{ column }}, '[^0-9]', '', 'g'), 10), '')
{%- endmacro %}
