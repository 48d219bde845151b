-- The fits of the match weights; the newest is in use. A table that exists is
-- left as it is: a later change of it needs an `alter table` of its own.
create table if not exists ops.identity_fits (
    fit_id text primary key,
    fitted_at timestamptz not null default clock_timestamp(),
    origin text not null check (origin in ('fitted', 'fallback')),
    reason text,
    definitions text not null,
    records bigint not null,
    possible_pairs bigint not null,
    candidate_pairs bigint not null,
    rounds int,
    has_converged boolean,
    log_likelihood double precision,
    level_shares jsonb not null
);
comment on table ops.identity_fits is
'One row per fit of the match weights. Old ones are forgotten.';
comment on column ops.identity_fits.fit_id is
'Hash of what was fitted: the same pairs, the same fit.';
comment on column ops.identity_fits.reason is
'Why it is a fallback: what there was to fit was too little, or told nothing.';
comment on column ops.identity_fits.definitions is
'Hash of how fields, levels and classes were defined.';
comment on column ops.identity_fits.level_shares is
'The pairs that it was fitted to, for the next to see how far they drifted.';

do $$
begin
    if not exists (
        select from pg_attribute
        where attrelid = 'ops.identity_fits'::regclass
            and attname = 'settled_at'
    ) then
        alter table ops.identity_fits add column settled_at timestamptz;
        -- a fit of before there was this column counts as published
        update ops.identity_fits set settled_at = fitted_at;
    end if;
end
$$;
comment on column ops.identity_fits.settled_at is
'When it was made the newest, as of the last publication; null where there has '
'been none since. A fit that was made by hand is settled at once.';

create table if not exists ops.identity_parameters (
    fit_id text not null
    references ops.identity_fits on delete cascade,
    class text not null,
    is_match boolean not null,
    field text,
    level smallint,
    log_probability double precision not null,
    follows_u boolean,
    unique nulls not distinct (fit_id, class, field, level)
);
alter table ops.identity_parameters
add column if not exists unblocked_share double precision;
comment on table ops.identity_parameters is
'One row per fit, class of pairs, field and level; without a field it is the '
'share of all possible pairs that the class has.';
comment on column ops.identity_parameters.unblocked_share is
'Of a class: its share of the pairs that no blocking rule brought together.';

create table if not exists ops.identity_statistics (
    fit_id text not null,
    pass smallint not null check (pass in (1, 2)),
    statistic text not null check (
        statistic in ('largest_block', 'log_share', 'rarity')
    ),
    subject text,
    value_hash bigint,
    amount double precision not null,
    definitions text not null,
    settlement int not null,
    unique nulls not distinct (
        fit_id, definitions, pass, statistic, subject, value_hash
    )
);
comment on table ops.identity_statistics is
'What the profiles were like when they were first weighed by a fit: so they are '
'taken to be as long as it is in use.';
comment on column ops.identity_statistics.definitions is
'Hash of the blocking rules and vars by which it was counted.';
comment on column ops.identity_statistics.settlement is
'The number of ops.settlement when it was counted: it is settled where that is '
'greater now.';
comment on column ops.identity_statistics.subject is
'Of a log_share the class, of a rarity the field.';
comment on column ops.identity_statistics.value_hash is
'Of a rarity the value that several profiles share; 0 for any other one.';

do $$
begin
    if not ops.uses_roles() then
        return;
    end if;

    -- it reads the pairs, which are its own, and writes what they teach
    grant select, insert, delete on ops.identity_fits, ops.identity_parameters
    to c360_transformer;
    grant update (settled_at) on ops.identity_fits to c360_transformer;
    grant select, insert on ops.identity_statistics to c360_transformer;
    revoke all on ops.identity_fits, ops.identity_parameters,
    ops.identity_statistics
    from c360_loader;
end
$$;
