{% macro level_within(distance, levels) -%}
    {#- The level of a distance, null where it is beyond all of `levels`, each
        of which has the greatest distance and its number. -#}
    {{ return(adapter.dispatch("level_within")(distance, levels)) }}
{%- endmacro %}


{% macro postgres__level_within(distance, levels) -%}
    {#- By width_bucket, which has it computed once, not once a level. -#}
    {%- set numbers, bounds = [], [] -%}
    {%- for at_most, number in levels -%}
        {%- do numbers.append(number) -%}
        {%- do bounds.append(at_most + 1) -%}
    {%- endfor -%}
    (array[{{ numbers | join(", ") }}])[
        1 + width_bucket(
            {{ distance }}, array[{{ bounds | join(", ") }}]
        )
    ]
{%- endmacro %}
