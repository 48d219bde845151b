{% test primary_key(model, column_name=none, columns=none) -%}
    {#- One query of what `unique` and a `not_null` for each column ask. -#}
    {%- set columns = columns or [column_name] %}

    select {{ columns | join(", ") }}
    from {{ model }}
    group by {{ columns | join(", ") }}
    having count(*) > 1 or {{ columns | join(" is null or ") }} is null

{%- endtest %}
