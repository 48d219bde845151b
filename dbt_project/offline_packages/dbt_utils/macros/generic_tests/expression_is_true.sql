{#- Fails with each row for which the expression is false. On a column, the
    expression is what follows its name ("> 0"). Unknown (null) passes. -#}
{% test expression_is_true(model, expression, column_name=none) %}
    select {{ "*" if should_store_failures() else "1" }}
    from {{ model }}
    where not ({{ column_name or "" }} {{ expression }})
{% endtest %}
