{% macro regroup_pairs() -%}
    {#- Merges clusters as the table linkage_steps (node, parent) says, which
        has all clusters that go on. Returns how many merged. -#}
    {%- set merges = run_query("
        analyze linkage_steps;

        create temporary table linkage_regrouped on commit drop as
        select
            least(this.parent, other.parent) as cluster,
            greatest(this.parent, other.parent) as other_cluster,
            cast(sum(pairs.total) as bigint) as total,
            cast(sum(pairs.pairs) as bigint) as pairs
        from linkage_pairs as pairs
        inner join linkage_steps as this on pairs.cluster = this.node
        inner join linkage_steps as other on pairs.other_cluster = other.node
        where this.parent <> other.parent
        group by 1, 2;

        drop table linkage_pairs;
        alter table linkage_regrouped rename to linkage_pairs;

        with merged as (
            insert into linkage_merges
            select node, parent from linkage_steps where node <> parent
            returning node
        )

        select count(*) from merged;
    ")[0][0] -%}
    {% do run_query("drop table linkage_steps") %}
    {{ return(merges) }}
{%- endmacro %}
