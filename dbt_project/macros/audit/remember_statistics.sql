{% macro remember_statistics() -%}
    {#- Writes to `ops` what the profiles are like that a fit has weighed for
        the first time, in the transaction that replaces
        int_identity__clusters. -#}
    {%- if execute
        and not flags.EMPTY
        and not var("identity_schema", none) -%}
    {%- set definitions = statistics_definitions() -%}
    {%- set fits = run_query("
        select newest_fit.fit_id
        from " ~ ref("int_identity__newest_fit") ~ " as newest_fit
        where not exists (
            select 1
            from ops.identity_statistics as known
            where
                known.fit_id = newest_fit.fit_id
                and known.definitions = '" ~ definitions ~ "'
        )
    ") -%}
    {%- for row in fits %}
    update ops.settlement
    set is_pending = true;

    insert into ops.identity_statistics (
        fit_id, pass, statistic, subject, value_hash, amount, definitions,
        settlement
    )
    select
        '{{ row[0] }}' as fit_id,
        found.pass,
        found.statistic,
        found.subject,
        found.value_hash,
        found.amount,
        '{{ definitions }}' as definitions,
        settlement.number
    from ops.settlement
    cross join (
        {%- for pass, prefix, shares in [
            (1, "", "profile_shares"), (2, "second_", "second_shares")
        ] %}
        select
            {{ pass }} as pass,
            'largest_block' as statistic,
            null as subject,
            cast(null as bigint) as value_hash,
            cast(max(largest_block) as double precision) as amount
        from {{ ref("int_identity__" ~ prefix ~ "large_blocks") }}
        having count(*) > 0
        union all
        select
            {{ pass }} as pass,
            'log_share' as statistic,
            class as subject,
            null as value_hash,
            log_share as amount
        from {{ ref("int_identity__" ~ shares) }}
        union all
        select
            {{ pass }} as pass,
            'rarity' as statistic,
            field as subject,
            value_hash,
            rarity as amount
        from {{ ref("int_identity__" ~ prefix ~ "field_rarities") }}
        {%- if not loop.last %}
        union all
        {%- endif %}
        {%- endfor %}
    ) as found;

    analyze ops.identity_statistics;
    {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
