{% macro refund_amount(amount, status) -%}
    {#- What a ticket gave back: see gross_amount. -#}
    cast(
        case
            when {{ status }} = 'refunded' then abs({{ amount }})
            when {{ amount }} < 0 then -{{ amount }}
            when {{ amount }} >= 0 then 0
        end as numeric(18, 4)
    )
{%- endmacro %}
