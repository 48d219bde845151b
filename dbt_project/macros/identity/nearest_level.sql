{% macro nearest_level(levels) -%}
    {#- The first of a field's levels that holds where values are not equal. A
        distance that several levels ask for is computed once. -#}
    {%- set by_distance, by_condition = {}, [] -%}
    {%- for label, conditions in levels[1:-1] -%}
        {%- set number = loop.index + 1 -%}
        {%- set others = [] -%}
        {%- for condition in conditions -%}
            {%- if condition is string -%}
                {%- do others.append(condition) -%}
            {%- else -%}
                {%- set distance, at_most = condition -%}
                {%- do by_distance.setdefault(distance, []).append(
                    [at_most, number]
                ) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if others -%}
            {%- do by_condition.append([others | join(" or "), number]) -%}
        {%- endif -%}
    {%- endfor %}
    least(
        {%- for distance, of_distance in by_distance.items() %}
        {{ level_within(distance, of_distance) }},
        {%- endfor %}
        {%- if by_condition %}
        case
            {%- for condition, number in by_condition %}
            when {{ condition }} then {{ number }}
            {%- endfor %}
        end,
        {%- endif %}
        {{ levels | length }}
    )
{%- endmacro %}
