{% macro amount_of_minor_units(column, currency) -%}
    {#- Payment providers count in the smallest coin: 1050 is 10.50 dollars,
        1050 yen or 1.050 dinars. `column` is a number, `currency` its code in
        capitals. -#}
    {%- set without_coin = [
        "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF",
        "UGX", "VND", "VUV", "XAF", "XOF", "XPF",
    ] -%}
    {%- set in_thousandths = ["BHD", "JOD", "KWD", "OMR", "TND"] -%}
    {{ column }} / case
        when {{ currency }} in ('{{ without_coin | join("', '") }}') then 1
        when {{ currency }} in ('{{ in_thousandths | join("', '") }}') then 1000
        else 100
    end
{%- endmacro %}
