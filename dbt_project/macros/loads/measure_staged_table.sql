{% macro measure_staged_table(name) -%}
    {#- A query of one row: how many rows a staged table has, how many values
        its typed columns were given and could not read (it says
        `is_…_malformed` of each), and what it says of money, where its
        declaration names the column of an amount in whole units. -#}
    {%- set system, table = name.split("__") -%}
    {%- set source_id = ["source", project_name, system, table] | join(".") -%}
    {%- set model_id = ["model", project_name, "stg_" ~ name] | join(".") -%}
    {%- set meta = graph.sources[source_id].meta if execute else {} -%}
    {%- set columns = graph.nodes[model_id].columns if execute else {} -%}
    {%- set values = {} -%}
    {%- for flag in columns
        if flag.startswith("is_") and flag.endswith("_malformed") -%}
    {%- set value = flag[3:-10] -%}
    {%- do values.update(
        {flag: value if value in columns else "is_" ~ value}
    ) -%}
    {%- endfor -%}
    {%- set money = meta.get("money") -%}
    {%- set number = plain_number(money ~ "_text") %}
    select
        '{{ system }}_{{ table }}' as table_name,
        '{{ system }}' as system,
        '{{ table }}' as entity,
        cast({{ "'" ~ meta.feeds ~ "'" if meta.get("feeds") else "null" }}
            as text) as feeds,
        count(*) as rows_current,
        {%- for flag, value in values.items() %}
        count(*) filter (where {{ value }} is not null or {{ flag }}) +
        {%- endfor %} 0 as values_given,
        {%- for flag in values %}
        count(*) filter (where {{ flag }}) +
        {%- endfor %} 0 as values_unreadable,
        {%- if money %}
        count({{ number }}) as amounts_stated,
        coalesce(sum({{ number }}), 0) as amount_stated,
        coalesce(sum({{ number }}) filter (where {{ money }} is null), 0)
            as amount_unreadable,
        coalesce(
            sum({{ money }}) filter (where {{ number }} is not null), 0
        ) as amount_read,
        coalesce(sum(abs({{ money }})), 0) as amount_moved
        {%- else %}
        cast(null as bigint) as amounts_stated,
        cast(null as numeric) as amount_stated,
        cast(null as numeric) as amount_unreadable,
        cast(null as numeric) as amount_read,
        cast(null as numeric) as amount_moved
        {%- endif %}
    from {{ ref("stg_" ~ name) }}
{%- endmacro %}
