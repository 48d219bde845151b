-- What the pipeline remembers about its own work. A table that exists is left
-- as it is: a later change of it needs an `alter table` of its own.
create table if not exists ops.setup (
    only_row boolean primary key default true check (only_row),
    sql_sha256 text not null,
    database_id oid not null,
    uses_roles boolean not null,
    applied_at timestamptz not null default clock_timestamp()
);
comment on table ops.setup is
'Which version of these files the database has seen; one row.';
comment on column ops.setup.database_id is
'The database it was: a copy or a restored one lacks the rights on the whole.';

create sequence if not exists ops.batch_id;

create table if not exists ops.load_manifest (
    file_id bigint generated always as identity primary key,
    batch_id bigint not null,
    source_file text not null,
    table_name text not null,
    size_bytes bigint not null,
    sha256 text not null,
    rows_read bigint,
    rows_loaded bigint,
    rows_quarantined bigint,
    state text not null check (state in ('loaded', 'replaced', 'failed')),
    message text,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz
);
comment on table ops.load_manifest is
'One row per attempt to load one file into one table.';
comment on column ops.load_manifest.source_file is
'Path relative to the landing folder.';
comment on column ops.load_manifest.state is
'loaded: its rows are in the table; replaced: they were, until an overwrite; '
'failed: they never were.';
alter table ops.load_manifest
add column if not exists mode text not null default 'append';
comment on column ops.load_manifest.mode is
'overwrite: the rows of earlier batches gave way to those of its batch.';
-- the same bytes reach a table once, under whatever name they come
create unique index if not exists load_manifest_loaded_once
on ops.load_manifest (sha256, table_name)
where state = 'loaded';
create index if not exists load_manifest_by_table
on ops.load_manifest (table_name, batch_id);

create table if not exists ops.quarantine (
    quarantine_id bigint generated always as identity primary key,
    file_id bigint not null references ops.load_manifest on delete cascade,
    batch_id bigint not null,
    source_file text not null,
    table_name text not null,
    line_number bigint,
    row_number bigint,
    reason text not null,
    raw_record bytea
);
comment on table ops.quarantine is
'One row per record that could not be loaded, with the bytes as they came.';
comment on column ops.quarantine.line_number is
'Physical line of the file where the record starts; the first is 1.';
comment on column ops.quarantine.row_number is
'Number of the record; the first after the header is 1.';
create index if not exists quarantine_by_file on ops.quarantine (file_id);

create sequence if not exists ops.fetched_file_id;

create table if not exists ops.fetched_files (
    file_id bigint primary key,
    connection text not null,
    table_name text not null,
    source_file text not null,
    content_sha256 text not null,
    sha256 text not null,
    records bigint not null,
    cursor_before jsonb not null,
    cursor_after jsonb not null,
    fetched_at timestamptz not null default now()
);
comment on table ops.fetched_files is
'One row per file that was fetched from an API or another database.';
comment on column ops.fetched_files.source_file is
'Path relative to the landing folder, as in ops.load_manifest.';
comment on column ops.fetched_files.content_sha256 is
'Of the records; sha256 is of the file, which may have empty lines after them.';
comment on column ops.fetched_files.cursor_after is
'How far it had been fetched with this file: what dlt remembers of it.';
create index if not exists fetched_files_by_table
on ops.fetched_files (connection, table_name, file_id);

create table if not exists ops.dbt_invocations (
    invocation_id text primary key,
    command text,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz
);
comment on table ops.dbt_invocations is
'One row per run of dbt; one without finished_at is running, or died. Old ones are '
'forgotten.';

create table if not exists ops.dbt_results (
    invocation_id text not null
    references ops.dbt_invocations on delete cascade,
    node_id text not null,
    status text not null,
    finished_at timestamptz,
    primary key (invocation_id, node_id)
);
alter table ops.dbt_results drop column if exists resource_type;
comment on table ops.dbt_results is
'One row per model, seed, snapshot or test and run of dbt.';
comment on column ops.dbt_results.finished_at is
'By the clock of the database, which all machines that run dbt share.';
create index if not exists dbt_results_by_node
on ops.dbt_results (node_id, finished_at);

create table if not exists ops.publications (
    publication_id bigint generated always as identity primary key,
    published_at timestamptz not null default clock_timestamp(),
    run_id text not null,
    as_of_date date,
    tables int not null,
    rows_inserted bigint not null,
    rows_updated bigint not null,
    rows_deleted bigint not null
);
comment on table ops.publications is
'One row per time that marts were brought into the published schema.';

do $$
begin
    if not ops.uses_roles() then
        return;
    end if;

    -- quarantined records are personal data: the loader's alone
    grant select on all tables in schema ops to c360_loader;
    grant select on ops.load_manifest, ops.dbt_invocations, ops.dbt_results,
    ops.publications
    to c360_transformer, c360_publisher;
    revoke select on ops.quarantine from c360_transformer, c360_publisher;
    grant select
    (file_id, batch_id, source_file, table_name, line_number, row_number, reason)
    on ops.quarantine to c360_transformer;

    grant usage on sequence ops.batch_id, ops.fetched_file_id to c360_loader;
    grant insert, update, delete on ops.load_manifest, ops.quarantine
    to c360_loader;
    grant insert, delete on ops.fetched_files to c360_loader;

    grant insert, update, delete on ops.dbt_invocations, ops.dbt_results
    to c360_transformer;

    grant insert on ops.publications to c360_publisher;
end
$$;
