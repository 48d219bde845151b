{% macro log_sum_exp(columns) -%}
    {#- ln of the sum of exp: of logarithms whose numbers are too small to be
        written. A null is a number that is nought. -#}
    (
        greatest({{ columns | join(", ") }})
        + ln(
            {%- for column in columns %}
            {% if not loop.first %}+ {% endif -%}
            coalesce(
                exp(
                    greatest(
                        {{ column }} - greatest({{ columns | join(", ") }}),
                        -700
                    )
                ),
                0
            )
            {%- endfor %}
        )
    )
{%- endmacro %}
