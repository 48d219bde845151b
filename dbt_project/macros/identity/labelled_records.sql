{% macro labelled_records() -%}
    {#- The records that an evaluation resolves in place of the customers'. -#}
    {{ api.Relation.create(
        database=target.database,
        schema=var("identity_schema"),
        identifier="labelled_records",
    ) }}
{%- endmacro %}
