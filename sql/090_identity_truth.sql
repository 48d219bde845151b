-- Who is who among generated records, by which identity resolution is scored; no
-- row where nobody knows. It is of no system, so that no declaration makes it.
do $$
begin
    if ops.uses_roles() then
        set local role c360_loader;
    end if;

    create table if not exists raw.identity_truth (
        system text not null,
        entity text not null,
        record_id text not null,
        person_id text not null,
        -- filled by a setting of the loading transaction
        _file_sha256 text not null
        default current_setting('c360.file_sha256', true),
        primary key (system, entity, record_id)
    );
    comment on table raw.identity_truth is
    'One row per record of which the generators know whose it is.';

    reset role;
end
$$;
