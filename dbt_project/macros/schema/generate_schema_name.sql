{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ var("identity_schema", none) or custom_schema_name or target.schema }}
{%- endmacro %}
