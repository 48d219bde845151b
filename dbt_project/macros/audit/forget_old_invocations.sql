{% macro forget_old_invocations(kept) -%}
    {#- Whatever its age, the latest result of a node stays, and the latest run
        that never ended: publishing asks for them. -#}
    {%- if execute and flags.WHICH in invocations_on_record() -%}
    {%- set old -%}
        select invocation_id from ops.dbt_invocations
        order by started_at desc offset {{ kept }}
    {%- endset -%}
    delete from ops.dbt_results as old
    where
        invocation_id in ({{ old }})
        and exists (
            select from ops.dbt_results as newer
            where
                old.node_id = newer.node_id
                and old.finished_at < newer.finished_at
        );

    delete from ops.dbt_invocations as old
    where
        invocation_id in ({{ old }})
        and not exists (
            select from ops.dbt_results
            where old.invocation_id = dbt_results.invocation_id
        )
        and invocation_id is distinct from (
            select invocation_id from ops.dbt_invocations
            where finished_at is null and command is distinct from 'test'
            order by started_at desc limit 1
        )
    {%- endif -%}
{%- endmacro %}
