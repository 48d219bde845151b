{% macro linkage_weight(column="weight") -%}
    {#- What average linkage goes by: beyond certain either way counts as
        certain, and whole millionths add up to the same in any order. -#}
    cast(
            round(
                1000000 * least(
                    greatest({{ column }}, -{{ var("certain_weight") }}),
                    {{ var("certain_weight") }}
                )
            ) as bigint
        )
{%- endmacro %}
