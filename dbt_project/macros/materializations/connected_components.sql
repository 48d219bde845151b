{% materialization connected_components, adapter="postgres" -%}
    {#- The model selects edges (node, other_node), a lone node as an edge to
        itself; the table that is built has one row per node, with `component`
        the smallest node that can be reached from it.

        Min-hooking with pointer jumping (Shiloach and Vishkin 1982) on a graph
        that contracts: every round each node hooks onto its smallest neighbour,
        chains of hooks collapse to their roots, and only the edges between
        roots go on. Nodes are numbered in their own order, so that the result
        is the same however rows arrive. -#}
    {%- set target_relation = this.incorporate(type="table") -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set intermediate_relation =
        make_intermediate_relation(target_relation) -%}
    {%- set preexisting_intermediate =
        load_cached_relation(intermediate_relation) -%}
    {%- set backup_relation = make_backup_relation(
        target_relation,
        existing_relation.type if existing_relation else "table"
    ) -%}
    {%- set preexisting_backup = load_cached_relation(backup_relation) -%}
    {%- set grant_config = config.get("grants") -%}

    {{ drop_relation_if_exists(preexisting_intermediate) }}
    {{ drop_relation_if_exists(preexisting_backup) }}
    {{ run_hooks(pre_hooks, inside_transaction=false) }}
    {{ run_hooks(pre_hooks, inside_transaction=true) }}

    {%- set rounds = find_components(sql) -%}
    {{ log(model.name ~ ": " ~ rounds ~ " rounds", info=true) }}

    {% call statement("main") -%}
        {{ get_create_table_as_sql(false, intermediate_relation, "
            select nodes.node, roots.node as component
            from component_nodes as nodes
            inner join component_labels as labels
                on nodes.node_id = labels.node_id
            inner join component_nodes as roots
                on labels.root_id = roots.node_id
        ") }}
    {%- endcall %}
    {% do create_indexes(intermediate_relation) %}

    {% if existing_relation is not none %}
        {{ adapter.rename_relation(existing_relation, backup_relation) }}
    {% endif %}
    {{ adapter.rename_relation(intermediate_relation, target_relation) }}

    {{ run_hooks(post_hooks, inside_transaction=true) }}
    {% do apply_grants(target_relation, grant_config, should_revoke=true) %}
    {% do persist_docs(target_relation, model) %}
    {{ adapter.commit() }}
    {{ drop_relation_if_exists(backup_relation) }}
    {{ run_hooks(post_hooks, inside_transaction=false) }}

    {{ return({"relations": [target_relation]}) }}
{%- endmaterialization %}
