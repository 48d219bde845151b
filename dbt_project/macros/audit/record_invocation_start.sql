{% macro record_invocation_start() -%}
    {%- if execute and flags.WHICH in invocations_on_record() -%}
    insert into ops.dbt_invocations (invocation_id, command)
    values ('{{ invocation_id }}', '{{ flags.WHICH }}')
    {%- endif -%}
{%- endmacro %}
