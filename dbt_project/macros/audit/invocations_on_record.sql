{% macro invocations_on_record() -%}
    {{ return(["build", "run", "seed", "snapshot", "test", "retry"]) }}
{%- endmacro %}
