{% macro remember_customer_keys() -%}
    {#- Writes to `ops` what has been found, in the transaction that replaces
        int_identity__customers: both are there, or neither is. The same again
        writes nothing. What is settled and about to change is kept as it was,
        for ops.take_back() to put it back (sql/100_settlement.sql). -#}
    {%- if execute
        and not flags.EMPTY
        and not var("identity_schema", none) -%}
    {%- set customer_keys = ref("int_identity__customer_keys") -%}
    {%- set key_records = ref("int_identity__key_records") -%}
    {%- set read = run_query("
        select max(next_revision) from " ~ customer_keys
    )[0][0] -%}
    {%- set written = run_query("
        select coalesce(max(revision), 0) from ops.customer_key_history
    ")[0][0] -%}
    {%- if read is not none and written not in (read - 1, read) -%}
        {{ exceptions.raise_compiler_error(
            "customer keys have been written or taken back since the models "
            ~ "that carry them over were built: select +int_identity__customers"
        ) }}
    {%- endif -%}
    update ops.settlement
    set is_pending = true
    where exists (select from {{ customer_keys }});

    insert into ops.settled_customer_keys (
        customer_key, current_customer_key, cluster, customer_records,
        records_hash
    )
    select
        known.customer_key,
        known.current_customer_key,
        known.cluster,
        known.customer_records,
        known.records_hash
    from {{ customer_keys }} as found
    inner join ops.customer_keys as known
        on found.customer_key = known.customer_key
    inner join ops.settlement on known.revision <= settlement.revision
    on conflict do nothing;

    insert into ops.customer_keys (
        customer_key, first_record_key, revision, current_customer_key,
        cluster, customer_records, records_hash
    )
    select
        customer_key,
        first_record_key,
        revision,
        current_customer_key,
        cluster,
        customer_records,
        records_hash
    from {{ customer_keys }}
    -- an index grows faster at its end
    order by customer_key
    on conflict (customer_key) do update
    set
        current_customer_key = excluded.current_customer_key,
        cluster = excluded.cluster,
        customer_records = excluded.customer_records,
        records_hash = excluded.records_hash;

    insert into ops.settled_key_records (customer_record_key, home_key)
    select
        known.customer_record_key,
        known.home_key
    from {{ key_records }} as found
    inner join ops.customer_key_records as known
        on found.customer_record_key = known.customer_record_key
    inner join ops.settlement on known.settlement < settlement.number
    where known.home_key <> found.home_key
    on conflict do nothing;

    insert into ops.customer_key_records (
        customer_record_key, home_key, settlement
    )
    select
        found.customer_record_key,
        found.home_key,
        settlement.number
    from {{ key_records }} as found
    cross join ops.settlement
    left join ops.customer_key_records as known
        on found.customer_record_key = known.customer_record_key
    where known.home_key is distinct from found.home_key
    order by found.customer_record_key
    on conflict (customer_record_key) do update
    set home_key = excluded.home_key;

    insert into ops.customer_key_history (
        revision, customer_key, kind, other_customer_key, customer_records,
        reason, as_of_date
    )
    select
        revision,
        customer_key,
        kind,
        other_customer_key,
        customer_records,
        reason,
        as_of_date
    from {{ ref("int_identity__key_changes") }}
    where revision > {{ written }};
    {%- endif -%}
{%- endmacro %}
