{% macro humane_case(column) -%}
    {#- A name in one case, or in an odd mix of cases, is written as its bearer
        would: McDonald, O'Neil, van der Berg. A name whose words begin with a
        capital, or are particles, stays as it was given. -#}
    {%- set particles = [
        "van", "von", "der", "den", "de", "del", "della", "da", "das", "do",
        "dos", "du", "di", "la", "le", "ten", "ter", "y", "al", "el", "bin",
        "ibn", "zu",
    ] -%}
    {#- initcap takes any sign for the start of a word, hence the bar -#}
    {%- set cased -%}
    replace(
        replace(
            initcap(
                regexp_replace(
                    lower({{ column }}), '(^|[ -])mc([[:alpha:]]{3})',
                    '\1mc|\2', 'g'
                )
            ),
            '|', ''
        ),
        '''T ', '''t '
    )
    {%- endset -%}
    case
        when {{ column }} <> upper({{ column }})
            and {{ column }} ~ (
                '^((({{ particles | join("|") }})'
                || '|[[:upper:]][[:lower:]’''.]*([[:upper:]][[:lower:]]+)*)'
                || '([ ’''-]|$))+$'
            )
            then {{ column }}
        else {% for _ in particles %}regexp_replace({% endfor -%}
            {{ cased }}
            {%- for particle in particles %},
            '(^| ){{ particle | capitalize }}(?= )', '\1{{ particle }}', 'g')
            {%- endfor %}
    end
{%- endmacro %}
