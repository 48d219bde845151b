{% macro survivorship_order() -%}
    {#- Which of a customer's records is believed first. One that says the whole
        of a part comes first: the city of one under the address of another is
        a place that is not. Then goes the var deduplication_strategy; what it
        leaves open the next criterion decides, and the data in the end. -#}
    {%- set recent = "updated_at desc nulls last" -%}
    {%- set trusted = "trust asc nulls last" -%}
    {%- set frequent = "telling_systems desc, telling_records desc" -%}
    {%- set orders = {
        "most_recent": [recent, trusted, frequent],
        "merge": [frequent, trusted, recent],
        "highest_value": ["revenue desc", trusted, recent, frequent],
    } -%}
    {%- set strategy = var("deduplication_strategy") -%}
    {%- if strategy not in orders -%}
        {{ exceptions.raise_compiler_error(
            "deduplication_strategy takes " ~ (orders.keys() | join(", "))
            ~ "; not " ~ strategy
        ) }}
    {%- endif -%}
    is_whole desc, {{ orders[strategy] | join(", ") }},
            told collate "C" asc, customer_record_key asc
{%- endmacro %}
