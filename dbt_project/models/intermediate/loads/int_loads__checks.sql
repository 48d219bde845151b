with manifest_totals as (
    select * from {{ ref("int_loads__manifest_totals") }}
),

raw_rows as (
    select * from {{ ref("int_loads__raw_rows") }}
),

staged_rows as (
    select * from {{ ref("int_loads__staged_rows") }}
),

facts as (
    select * from {{ ref("int_loads__facts") }}
),

feeding as (
    select * from staged_rows
    where feeds is not null
),

fed as (
    select
        coalesce(feeding.system, facts.system) as system,
        coalesce(feeding.entity, facts.entity) as entity,
        coalesce(feeding.rows_current, 0) as rows_current,
        feeding.amount_moved,
        coalesce(facts.fact_rows, 0) as fact_rows,
        coalesce(facts.amount, 0) as amount,
        coalesce(facts.rows_set_aside, 0) as rows_set_aside
    from feeding
    full outer join facts
        on feeding.feeds = facts.fact
        and feeding.system = facts.system
        and feeding.entity = facts.entity
    -- customers alone may be known by what they did, without a table
    where feeding.feeds is not null or facts.fact <> 'customers'
),

checks as (
    select
        1 as step_number,
        'files to raw' as step,
        staged_rows.system,
        staged_rows.entity as subject,
        'rows' as measure,
        coalesce(manifest_totals.rows_read, 0) as amount_in,
        coalesce(manifest_totals.rows_quarantined, 0) as amount_set_aside,
        'quarantined' as set_aside_as,
        raw_rows.rows_in_raw as amount_out,
        0 as tolerance
    from staged_rows
    inner join raw_rows on staged_rows.table_name = raw_rows.table_name
    left join manifest_totals
        on staged_rows.table_name = manifest_totals.table_name
    union all
    select
        2 as step_number,
        'raw to staging' as step,
        staged_rows.system,
        staged_rows.entity as subject,
        'rows' as measure,
        raw_rows.rows_in_raw as amount_in,
        raw_rows.rows_in_raw - raw_rows.keys_in_raw as amount_set_aside,
        'older versions and repeats' as set_aside_as,
        staged_rows.rows_current as amount_out,
        0 as tolerance
    from staged_rows
    inner join raw_rows on staged_rows.table_name = raw_rows.table_name
    union all
    -- the current rows' numbers, as the files have them and as they were read
    select
        2 as step_number,
        'raw to staging' as step,
        system,
        entity as subject,
        'money' as measure,
        amount_stated as amount_in,
        amount_unreadable as amount_set_aside,
        'out of range' as set_aside_as,
        amount_read as amount_out,
        -- rounded to cents
        amounts_stated * 0.005 as tolerance
    from staged_rows
    where amount_stated is not null
    union all
    select
        3 as step_number,
        'staging to facts' as step,
        system,
        entity as subject,
        'rows' as measure,
        rows_current as amount_in,
        rows_set_aside as amount_set_aside,
        'part of another row, or told by another source' as set_aside_as,
        fact_rows as amount_out,
        0 as tolerance
    from fed
    union all
    select
        3 as step_number,
        'staging to facts' as step,
        system,
        entity as subject,
        'money' as measure,
        amount_moved as amount_in,
        0 as amount_set_aside,
        null as set_aside_as,
        amount as amount_out,
        0 as tolerance
    from fed
    where amount_moved is not null
),

final as (
    select
        step_number,
        step,
        system,
        subject,
        measure,
        cast(amount_in as numeric) as amount_in,
        cast(amount_set_aside as numeric) as amount_set_aside,
        set_aside_as,
        cast(amount_out as numeric) as amount_out,
        cast(tolerance as numeric) as tolerance
    from checks
)

select * from final
