{% macro find_components(edges_sql) -%}
    {#- Query of (node, component) for a model's edges; prints its rounds. -#}
    {%- set types = read_edges(edges_sql) -%}
    {%- set rounds = label_components("graph_edges", "component_labels") -%}
    {{ log(model.name ~ ": " ~ rounds ~ " rounds", info=true) }}
    {%- set max_size = config.get("max_size") -%}
    {%- if max_size is not none -%}
        {% do tighten_components(max_size, config.get("tighten_by", 1.0)) %}
    {%- endif -%}
    {{ return(name_nodes(
        "select node, component from component_labels", "component", types
    )) }}
{%- endmacro %}
