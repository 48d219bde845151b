{% macro record_invocation_end(results) -%}
    {#- An --empty build leaves empty tables: it stays on record as unfinished,
        so that nothing is published before the next real one. -#}
    {%- if execute
        and flags.WHICH in invocations_on_record()
        and not flags.EMPTY -%}
    {#- dbt's times are those of its machine, whose clock may be wrong or set
        anew: how long ago a node ended is counted from the database's. -#}
    {%- set now = modules.datetime.datetime.now(modules.pytz.utc)
        .replace(tzinfo=none) -%}
    with invocation as (
        update ops.dbt_invocations
        set finished_at = clock_timestamp()
        where invocation_id = '{{ invocation_id }}'
        returning invocation_id, started_at, finished_at
    ){% if results %},

    results (node_id, status, seconds_ago) as (
        values
            {% for result in results -%}
            {%- set completed = result.timing | map(attribute="completed_at")
                | reject("none") | list -%}
            (
                '{{ result.node.unique_id }}',
                '{{ result.status }}',
                {{ (now - completed[-1]).total_seconds() if completed else 0 }}
            ){% if not loop.last %},{% endif %}
            {% endfor %}
    )

    insert into ops.dbt_results (invocation_id, node_id, status, finished_at)
    select
        invocation.invocation_id,
        results.node_id,
        results.status,
        greatest(
            invocation.started_at,
            invocation.finished_at
            - make_interval(secs => greatest(results.seconds_ago, 0))
        ) as finished_at
    from invocation
    cross join results
    {%- else %}

    select invocation_id from invocation
    {%- endif -%}
    {%- endif -%}
{%- endmacro %}
