{% macro humane_case(column) -%}
    {#- A name in one case, or in an odd mix of cases, is written as its bearer
        would: McDonald, O'Neil, van der Berg. A name whose words begin with a
        capital, or are particles, stays as it was given. -#}
    {%- set particle -%} ({{ name_particles() | join("|") }}) {%- endset -%}
    {#- initcap takes any sign for the start of a word, hence the bar after
        "mc", and no digit, hence the zero before a particle -#}
    {%- set marked -%}
    regexp_replace(
        regexp_replace(
            lower({{ column }}), '(^|[ -])mc([[:alpha:]]{3})', '\1mc|\2', 'g'
        ),
        '(^| ){{ particle }}(?= )', '\10\2', 'g'
    )
    {%- endset -%}
    case
        when {{ column }} <> upper({{ column }})
            and {{ column }} ~ (
                '^(({{ particle }}'
                || '|[[:upper:]][[:lower:]’''.]*([[:upper:]][[:lower:]]+)*)'
                || '([ ’''-]|$))+$'
            )
            then {{ column }}
        else replace(
            replace(
                regexp_replace(
                    initcap({{ marked }}),
                    '(^| )0(?={{ particle }} )', '\1', 'g'
                ),
                '|', ''
            ),
            '''T ', '''t '
        )
    end
{%- endmacro %}
