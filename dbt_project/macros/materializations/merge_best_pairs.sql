{% macro merge_best_pairs(threshold) -%}
    {#- One round of link_clusters; returns how many clusters merged. Equal
        means are broken by `#` of the clusters' numbers, then by their order:
        an order of all pairs, so that the first one of a component is always
        mutual, in which a clique of equal weights halves every round.

        Only clusters that have a partner go on: where every mean is too low,
        that of what others become is, too. -#}
    {% do run_query("
        analyze linkage_pairs;

        create temporary table linkage_best on commit drop as
        select distinct on (cluster) cluster, other_cluster
        from (
            select cluster, other_cluster, total, pairs
            from linkage_pairs
            where total > " ~ threshold ~ " * pairs
            union all
            select other_cluster, cluster, total, pairs
            from linkage_pairs
            where total > " ~ threshold ~ " * pairs
        ) as partners
        order by
            cluster,
            cast(total as double precision) / pairs desc,
            cluster # other_cluster;

        analyze linkage_best;

        create temporary table linkage_steps on commit drop as
        select
            this.cluster as node,
            case
                when partners.other_cluster = this.cluster
                    then least(this.cluster, this.other_cluster)
                else this.cluster
            end as parent
        from linkage_best as this
        inner join linkage_best as partners
            on this.other_cluster = partners.cluster;

        drop table linkage_best;
    ") %}
    {{ return(regroup_pairs()) }}
{%- endmacro %}
