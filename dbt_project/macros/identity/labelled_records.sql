{% macro labelled_records() -%}
    {#- The records that an evaluation resolves in place of the customers', in
        the schema that the var identity_schema names; none in a normal run. -#}
    {%- if var("identity_schema") -%}
        {{ return(api.Relation.create(
            database=target.database,
            schema=var("identity_schema"),
            identifier="labelled_records",
        )) }}
    {%- endif -%}
{%- endmacro %}
