{% macro staged_tables() -%}
    {#- <system>__<table> of every raw table that files are loaded into. -#}
    {{ return([
        "csv__customers",
        "csv__transactions",
        "dynamics__contacts",
        "hubspot__contacts",
        "loyalty__accounts",
        "loyalty__transactions",
        "online_retail__invoice_lines",
        "retail__customers",
        "retail__products",
        "retail__stores",
        "retail__transactions",
        "salesforce__contacts",
        "salesforce__leads",
        "salesforce__opportunities",
        "shop__customers",
        "shop__in_store_transactions",
        "shop__online_transactions",
        "shop__products",
        "shop__stores",
        "stripe__charges",
        "stripe__customers",
        "stripe__subscriptions",
        "support__agents",
        "support__interactions",
    ]) }}
{%- endmacro %}
