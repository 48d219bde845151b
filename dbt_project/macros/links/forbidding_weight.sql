{% macro forbidding_weight() -%}
    {#- Of a pair that somebody has said is not one person, in millionths: more
        than all that could speak for it in one component. -#}
    -100000000000000
{%- endmacro %}
