{% macro key_hash(rule, parts) -%}
    {{ return(adapter.dispatch("key_hash")(rule, parts)) }}
{%- endmacro %}


{% macro postgres__key_hash(rule, parts) -%}
    hashtextextended(
        '{{ rule }}|' || {{ parts | join(" || '|' || ") }}, 0
    )
{%- endmacro %}
