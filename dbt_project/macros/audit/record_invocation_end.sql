{% macro record_invocation_end(results) -%}
    {#- An --empty build leaves empty tables: it stays on record as unfinished,
        so that nothing is published before the next real one. -#}
    {%- if execute
        and flags.WHICH in invocations_on_record()
        and not flags.EMPTY -%}
    with results as (
        {% if results -%}
        insert into ops.dbt_results
            (invocation_id, node_id, resource_type, status, finished_at)
        values
            {% for result in results -%}
            {%- set completed = result.timing | map(attribute="completed_at")
                | reject("none") | list -%}
            (
                '{{ invocation_id }}',
                '{{ result.node.unique_id }}',
                '{{ result.node.resource_type }}',
                '{{ result.status }}',
                {% if completed -%}
                cast('{{ completed | last }}' as timestamp)
                    at time zone 'UTC'
                {%- else -%}
                clock_timestamp()
                {%- endif %}
            ){% if not loop.last %},{% endif %}
            {% endfor %}
        returning 1
        {%- else -%}
        select 1
        {%- endif %}
    )

    update ops.dbt_invocations
    set finished_at = clock_timestamp()
    where invocation_id = '{{ invocation_id }}'
    {%- endif -%}
{%- endmacro %}
