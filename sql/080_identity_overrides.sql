-- What people have decided about pairs of records, whatever the models find. A
-- table that exists is left as it is: a later change of it needs an
-- `alter table` of its own.
create table if not exists ops.identity_overrides (
    override_id int generated always as identity primary key,
    kind text not null check (kind in ('always', 'never')),
    system text not null,
    entity text not null,
    source_record_id text not null,
    other_system text not null,
    other_entity text not null,
    other_source_record_id text not null,
    reason text not null,
    created_by text not null,
    created_at timestamptz not null default clock_timestamp(),
    undone_by text,
    undone_at timestamptz,
    check ((undone_by is null) = (undone_at is null))
);
comment on table ops.identity_overrides is
'One row per decision that two source records are of one customer, or of two. '
'Nothing is forgotten: one that is undone stays.';
comment on column ops.identity_overrides.kind is
'always: they are of one customer; never: they are not.';

do $$
begin
    if not ops.uses_roles() then
        return;
    end if;

    -- it resolves the customers; what was decided can be undone, not changed
    grant select on ops.identity_overrides to c360_transformer;
    grant insert (
        kind, system, entity, source_record_id, other_system, other_entity,
        other_source_record_id, reason, created_by
    )
    on ops.identity_overrides to c360_transformer;
    grant update (undone_by, undone_at) on ops.identity_overrides
    to c360_transformer;
    revoke all on ops.identity_overrides from c360_loader;
end
$$;
