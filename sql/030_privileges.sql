-- The least each role needs. Default privileges carry the grants over to every
-- table that its owner drops and creates again.
do $$
begin
    if not ops.uses_roles() then
        return;
    end if;

    -- Nobody makes temporary objects or schemas unless the work needs it; dbt
    -- needs both.
    execute format(
        'revoke temporary, create on database %I from public', current_database()
    );
    execute format(
        'grant connect on database %I to c360_loader, c360_transformer, '
        'c360_publisher, c360_reporter',
        current_database()
    );
    execute format(
        'grant temporary on database %I to c360_loader, c360_transformer, '
        'c360_publisher',
        current_database()
    );
    execute format(
        'grant create on database %I to c360_transformer', current_database()
    );

    grant usage on schema ops to c360_loader, c360_transformer, c360_publisher;

    -- Each owner gives away what is its own, so that a user who may only act as
    -- the roles can run this as well as a superuser can.
    set local role c360_loader;
    grant usage on schema raw to c360_transformer;
    grant select on all tables in schema raw to c360_transformer;
    alter default privileges in schema raw
    grant select on tables to c360_transformer;

    set local role c360_transformer;
    grant usage on schema marts to c360_publisher;
    grant select on all tables in schema marts to c360_publisher;
    alter default privileges in schema marts
    grant select on tables to c360_publisher;
    -- a function runs for whoever is granted it, not for everybody
    alter default privileges revoke execute on functions from public;

    set local role c360_publisher;
    grant usage on schema published to c360_reporter;
    grant select on all tables in schema published to c360_reporter;
    alter default privileges in schema published
    grant select on tables to c360_reporter;

    reset role;
end
$$;
