-- Who may do what, one role per kind of work. The roles belong to the whole
-- server; none can log in here (the embedded server adds passwords to them).
--
--   c360_loader       writes raw, the load manifest and the quarantine
--   c360_transformer  is dbt: reads raw and ops, owns what it builds
--   c360_publisher    reads the marts, owns published
--   c360_reporter     reads published and nothing else
--
-- A user who may not create roles gets a notice instead of an error: then
-- everything belongs to that user, and ops.uses_roles() below says so.
do $$
declare
    wanted text;
    -- PostgreSQL 16 tells membership apart from the right to SET ROLE
    needed constant text := case
        when current_setting('server_version_num')::int >= 160000 then 'SET'
        else 'MEMBER'
    end;
begin
    foreach wanted in array array[
        'c360_loader', 'c360_transformer', 'c360_publisher', 'c360_reporter'
    ] loop
        if not exists (select from pg_roles where rolname = wanted) then
            begin
                execute format('create role %I nologin', wanted);
            exception
                -- the setup of another database of this server was faster
                when duplicate_object or unique_violation then null;
                when insufficient_privilege then
                    raise notice '% may not create the role %', current_user, wanted;
                    return;
            end;
        end if;
        if not pg_has_role(current_user, wanted, needed) then
            begin
                execute format('grant %I to current_user', wanted);
            exception
                when insufficient_privilege then
                    raise notice '% may not act as the role %', current_user, wanted;
            end;
        end if;
    end loop;
end
$$;
