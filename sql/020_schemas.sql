-- The schemas, each owned by the role that fills it.
create schema if not exists ops;

create or replace function ops.uses_roles() returns boolean
language plpgsql stable
set search_path = pg_catalog
as $$
declare
    needed constant text := case
        when current_setting('server_version_num')::int >= 160000 then 'SET'
        else 'MEMBER'
    end;
begin
    return (
        select count(*) = 4 and bool_and(pg_has_role(current_user, oid, needed))
        from pg_roles
        where rolname in (
            'c360_loader', 'c360_transformer', 'c360_publisher', 'c360_reporter'
        )
    );
end
$$;
comment on function ops.uses_roles() is
'Whether the current user can act as every c360_ role; if not, the product '
'works as the current user alone.';

do $$
declare
    wanted record;
    relation regclass;
begin
    for wanted in
        select *
        from (values
            ('raw', 'c360_loader'),
            ('staging', 'c360_transformer'),
            ('intermediate', 'c360_transformer'),
            ('marts', 'c360_transformer'),
            ('seeds', 'c360_transformer'),
            ('snapshots', 'c360_transformer'),
            ('published', 'c360_publisher')
        ) as layout (schema_name, owner_name)
    loop
        if not exists (
            select from pg_namespace where nspname = wanted.schema_name
        ) then
            execute format('create schema %I', wanted.schema_name);
        end if;
        continue when not ops.uses_roles();

        if not exists (
            select
            from pg_namespace
            where nspname = wanted.schema_name
                and nspowner::regrole::text = wanted.owner_name
        ) then
            execute format(
                'alter schema %I owner to %I',
                wanted.schema_name, wanted.owner_name
            );
        end if;

        -- What was made here before there were roles, or by hand as somebody
        -- else, changes hands too: a role can only rebuild what it owns.
        for relation in
            select pg_class.oid
            from pg_class
            inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
            where pg_namespace.nspname = wanted.schema_name
                and pg_class.relkind in ('r', 'p', 'v', 'm')
                and pg_class.relowner::regrole::text <> wanted.owner_name
                and pg_has_role(current_user, pg_class.relowner, 'USAGE')
        loop
            execute format(
                'alter table %s owner to %I', relation, wanted.owner_name
            );
        end loop;
    end loop;
end
$$;
