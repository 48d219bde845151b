{% macro invocations_on_record() -%}
    {#- None of an evaluation's: what it builds is not what is published. -#}
    {{ return([] if var("identity_schema", none) else [
        "build", "run", "seed", "snapshot", "test", "retry"
    ]) }}
{%- endmacro %}
