{% macro gross_amount(amount, status) -%}
    {#- What a ticket charged: a refunded one gives back what it charged,
        whichever of the two its amount is signed as; a negative amount of
        another status is money back alone. -#}
    cast(
        case
            when {{ status }} = 'refunded' then abs({{ amount }})
            when {{ amount }} > 0 then {{ amount }}
            when {{ amount }} <= 0 then 0
        end as numeric(18, 4)
    )
{%- endmacro %}
