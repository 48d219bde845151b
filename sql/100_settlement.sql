-- What dbt remembers of a build is settled when that build is published. What is
-- not can be taken back: a whole run of the pipeline begins so, and goes by the
-- customer keys and match weights that were published, whatever a run before it
-- left when it was killed or failed. A table that exists is left as it is: a later
-- change of it needs an `alter table` of its own.
create table if not exists ops.settlement (
    only_row boolean primary key default true check (only_row),
    number int not null default 1,
    revision int not null,
    is_pending boolean not null default false,
    taken_back_at timestamptz
);
comment on table ops.settlement is
'What of the customer keys has been published; one row.';
comment on column ops.settlement.number is
'How many publications have settled keys, and one.';
comment on column ops.settlement.revision is
'The last revision that is settled.';
comment on column ops.settlement.is_pending is
'Whether keys or statistics have been remembered since.';
comment on column ops.settlement.taken_back_at is
'When anything was last taken back: what dbt had built by then went by it.';

-- what was remembered before there was this table counts as published
insert into ops.settlement (revision)
select coalesce(max(revision), 0)
from ops.customer_key_history
on conflict do nothing;

create table if not exists ops.settled_customer_keys (
    customer_key text primary key,
    current_customer_key text,
    cluster text,
    customer_records bigint,
    records_hash bigint
);
comment on table ops.settled_customer_keys is
'One row per settled key that has changed since, as it was then.';

create table if not exists ops.settled_key_records (
    customer_record_key text primary key,
    home_key text not null
);
comment on table ops.settled_key_records is
'One row per settled record whose home key has changed since, as it was then.';

create or replace function ops.settle() returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    update ops.settlement
    set
        number = number + 1,
        revision = (
            select coalesce(max(history.revision), 0)
            from ops.customer_key_history as history
        ),
        is_pending = false
    where is_pending;
    if found then
        delete from ops.settled_customer_keys;
        delete from ops.settled_key_records;
        -- what the profiles were like for a fit that nothing goes by any more
        delete from ops.identity_statistics
        where fit_id is distinct from (
            select fits.fit_id
            from ops.identity_fits as fits
            order by fits.fitted_at desc, fits.fit_id asc
            limit 1
        );
    end if;

    update ops.identity_fits
    set settled_at = fitted_at
    where settled_at is distinct from fitted_at;
end
$$;
comment on function ops.settle() is
'Settles all that has been remembered; part of a publication.';

create or replace function ops.take_back() returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    settled ops.settlement;
begin
    -- a publication whose client was killed may be ending yet: after it
    select * into strict settled from ops.settlement for update;
    if not settled.is_pending and not exists (
        select from ops.identity_fits where settled_at is distinct from fitted_at
    ) then
        return false;
    end if;

    if settled.is_pending then
        delete from ops.customer_key_history where revision > settled.revision;
        delete from ops.customer_keys where revision > settled.revision;
        delete from ops.customer_key_records where settlement = settled.number;

        update ops.customer_keys as known
        set
            current_customer_key = image.current_customer_key,
            cluster = image.cluster,
            customer_records = image.customer_records,
            records_hash = image.records_hash
        from ops.settled_customer_keys as image
        where known.customer_key = image.customer_key;
        delete from ops.settled_customer_keys;

        update ops.customer_key_records as known
        set home_key = image.home_key
        from ops.settled_key_records as image
        where known.customer_record_key = image.customer_record_key;
        delete from ops.settled_key_records;

        delete from ops.identity_statistics where settlement = settled.number;
    end if;

    delete from ops.identity_fits where settled_at is null;
    update ops.identity_fits
    set fitted_at = settled_at
    where fitted_at <> settled_at;

    update ops.settlement
    set is_pending = false, taken_back_at = clock_timestamp();
    return true;
end
$$;
comment on function ops.take_back() is
'Makes what is remembered what it was when it was last settled; false where it is.';

revoke all on function ops.settle(), ops.take_back() from public;

do $$
begin
    if not ops.uses_roles() then
        return;
    end if;

    -- it notes what it is about to change, and can do no more to what is settled
    grant select, update (is_pending) on ops.settlement to c360_transformer;
    grant insert on ops.settled_customer_keys, ops.settled_key_records
    to c360_transformer;
    grant execute on function ops.take_back() to c360_transformer;
    grant select on ops.settlement to c360_publisher;
    grant execute on function ops.settle() to c360_publisher;
    revoke all on ops.settlement, ops.settled_customer_keys,
    ops.settled_key_records
    from c360_loader;
end
$$;
