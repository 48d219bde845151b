{% macro build_table_from(find) -%}
    {#- What a materialization does around its own work. `find` is a macro that
        takes the model's SQL and returns the query of the table's rows; it runs
        after the hooks that come first, and its temporary tables last until
        commit. The new table takes the place of the old one at the end. -#}
    {%- set target_relation = this.incorporate(type="table") -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set intermediate_relation =
        make_intermediate_relation(target_relation) -%}
    {%- set backup_relation = make_backup_relation(
        target_relation,
        existing_relation.type if existing_relation else "table"
    ) -%}
    {% do drop_relation_if_exists(
        load_cached_relation(intermediate_relation)
    ) %}
    {% do drop_relation_if_exists(load_cached_relation(backup_relation)) %}
    {% do run_hooks(pre_hooks, inside_transaction=false) %}
    {% do run_hooks(pre_hooks, inside_transaction=true) %}

    {%- set rows_sql = find(sql) -%}
    {% call statement("main") -%}
        {{ get_create_table_as_sql(false, intermediate_relation, rows_sql) }}
    {%- endcall %}
    {% do create_indexes(intermediate_relation) %}

    {% if existing_relation is not none %}
        {% do adapter.rename_relation(existing_relation, backup_relation) %}
    {% endif %}
    {% do adapter.rename_relation(intermediate_relation, target_relation) %}

    {% do run_hooks(post_hooks, inside_transaction=true) %}
    {% do apply_grants(
        target_relation, config.get("grants"), should_revoke=true
    ) %}
    {% do persist_docs(target_relation, model) %}
    {% do adapter.commit() %}
    {% do drop_relation_if_exists(backup_relation) %}
    {% do run_hooks(post_hooks, inside_transaction=false) %}
    {{ return({"relations": [target_relation]}) }}
{%- endmacro %}
