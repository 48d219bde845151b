{% macro staged_tables() -%}
    {#- <system>__<table> of every raw table that files are loaded into. -#}
    {{ return([
        "csv__customers",
        "csv__transactions",
        "online_retail__invoice_lines",
        "shop__customers",
        "shop__in_store_transactions",
        "shop__online_transactions",
        "shop__products",
        "shop__stores",
    ]) }}
{%- endmacro %}
