with manifest_totals as (
    select * from {{ ref("int_loads__manifest_totals") }}
),

staged_rows as (
    select * from {{ ref("int_loads__staged_rows") }}
),

facts as (
    select * from {{ ref("int_loads__facts") }}
),

customer_records as (
    select * from {{ ref("int_customer_records") }}
),

customers as (
    select * from {{ ref("int_identity__customers") }}
),

-- Sources that keep customers: what a session or a click does not say of its
-- person is no fault of it.
people as (
    select
        customer_records.system,
        customer_records.entity,
        customer_records.email is not null
        or (
            customer_records.phone is not null
            and customer_records.phone_rejection is null
        ) as is_reachable,
        (
            customer_records.given_name is not null
            and customer_records.family_name is not null
        )
        or customer_records.company is not null as is_named,
        count(*) over (
            partition by
                customer_records.system,
                customer_records.entity,
                customers.customer_key
        ) as records_of_person
    from customer_records
    inner join customers
        on customer_records.customer_record_key = customers.customer_record_key
    inner join staged_rows
        on customer_records.system = staged_rows.system
        and customer_records.entity = staged_rows.entity
        and staged_rows.feeds = 'customers'
),

people_totals as (
    select
        system,
        entity,
        count(*) as records,
        count(*) filter (where not is_reachable) as unreachable,
        count(*) filter (where not is_named) as unnamed,
        count(*) filter (where records_of_person > 1) as repeated
    from people
    group by system, entity
),

checks as (
    select
        staged_rows.system,
        staged_rows.entity,
        'loaded' as rule,
        manifest_totals.rows_read as checked,
        manifest_totals.rows_quarantined as failed
    from staged_rows
    inner join manifest_totals
        on staged_rows.table_name = manifest_totals.table_name
    union all
    select
        system,
        entity,
        'readable' as rule,
        values_given as checked,
        values_unreadable as failed
    from staged_rows
    union all
    select
        system,
        entity,
        'reachable' as rule,
        records as checked,
        unreachable as failed
    from people_totals
    union all
    select
        system,
        entity,
        'named' as rule,
        records as checked,
        unnamed as failed
    from people_totals
    union all
    select
        system,
        entity,
        'distinct_person' as rule,
        records as checked,
        repeated as failed
    from people_totals
    union all
    select
        system,
        entity,
        'known_customer' as rule,
        fact_rows as checked,
        fact_rows - rows_of_known_customers as failed
    from facts
    where fact <> 'customers'
),

final as (
    select
        system,
        entity,
        rule,
        cast(checked as bigint) as checked,
        cast(failed as bigint) as failed
    from checks
)

select * from final
