{% macro statistics_definitions() -%}
    {#- Hash of what statistics are counted by: those that were counted by
        something else are counted anew. -#}
    {%- set counted_by = [
        blocking_rules(),
        var("max_block_size"),
        var("max_pairs_per_profile"),
        var("min_pairs_per_profile"),
        var("block_pairs"),
        var("most_rarity"),
    ] -%}
    {{ local_md5(tojson(counted_by)) }}
{%- endmacro %}
