-- Which customer keys there have been, and which records they are of: keys are
-- carried over by it, so that it outlives the models' schemas. A table that
-- exists is left as it is: a later change of it needs an `alter table` of its
-- own.
create table if not exists ops.customer_keys (
    customer_key text primary key,
    first_record_key text not null,
    revision int not null,
    current_customer_key text,
    cluster text,
    customer_records bigint,
    records_hash bigint
);
comment on table ops.customer_keys is
'One row per customer key that was ever minted; none that is settled is '
'forgotten.';
comment on column ops.customer_keys.first_record_key is
'The smallest record of the customer that it was minted for.';
comment on column ops.customer_keys.revision is
'The revision that minted it: the smaller, the older.';
comment on column ops.customer_keys.current_customer_key is
'Itself while it is in use, else the key that has its records now; null where '
'there are none.';

comment on column ops.customer_keys.cluster is
'The smallest record of the customer as it was last; null where the key is not '
'in use. What has the same records again needs no other look.';

create table if not exists ops.customer_key_records (
    customer_record_key text primary key,
    home_key text not null
);
comment on table ops.customer_key_records is
'One row per customer record that was ever resolved; none that is settled is '
'forgotten.';
comment on column ops.customer_key_records.home_key is
'The key that it counts for when keys are carried over. A key that another one '
'has absorbed keeps its records here, to be found again when they part.';
alter table ops.customer_key_records
add column if not exists settlement int not null default 0;
comment on column ops.customer_key_records.settlement is
'The number of ops.settlement when it was first resolved: it is settled where '
'that is greater now.';

create table if not exists ops.customer_key_history (
    revision int not null,
    customer_key text not null,
    kind text not null check (kind in (
        'created', 'absorbed', 'split', 'restored', 'moved', 'retired'
    )),
    other_customer_key text,
    customer_records bigint not null,
    reason text not null,
    as_of_date date not null
);
create index if not exists customer_key_history_by_revision
on ops.customer_key_history (revision);
comment on table ops.customer_key_history is
'One row per change of a customer key. What is settled is not changed or '
'forgotten.';
comment on column ops.customer_key_history.revision is
'Number of the build that changed keys; one that changes none has no number.';

do $$
begin
    if not ops.uses_roles() then
        return;
    end if;

    -- it resolves the customers, and remembers how
    grant select, insert on ops.customer_keys, ops.customer_key_records,
    ops.customer_key_history
    to c360_transformer;
    grant update (
        current_customer_key, cluster, customer_records, records_hash
    )
    on ops.customer_keys to c360_transformer;
    grant update (home_key) on ops.customer_key_records to c360_transformer;
    revoke all on ops.customer_keys, ops.customer_key_records,
    ops.customer_key_history
    from c360_loader;
end
$$;
