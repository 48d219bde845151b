{% macro remember_customer_keys() -%}
    {#- Writes to `ops` what has been found, in the transaction that replaces
        int_identity__customers: both are there, or neither is. The same again
        writes nothing. -#}
    {%- if execute
        and not flags.EMPTY
        and not var("identity_schema", none) -%}
    {%- set customer_keys = ref("int_identity__customer_keys") -%}
    {%- set read = run_query("
        select max(next_revision) from " ~ customer_keys
    )[0][0] -%}
    {%- set written = run_query("
        select coalesce(max(revision), 0) from ops.customer_key_history
    ")[0][0] -%}
    {%- if read is not none and written > read -%}
        {{ exceptions.raise_compiler_error(
            "customer keys have been written since the models that carry them "
            ~ "over were built: select +int_identity__customers"
        ) }}
    {%- endif -%}
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

    insert into ops.customer_key_records (customer_record_key, home_key)
    select
        found.customer_record_key,
        found.home_key
    from {{ ref("int_identity__key_records") }} as found
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
