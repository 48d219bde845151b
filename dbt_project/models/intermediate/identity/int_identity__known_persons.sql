with truth as (
    select * from {{ ref("stg_truth__records") }}
),

customer_records as (
    select * from {{ ref("int_customer_records") }}
),

told_systems as (
    select distinct system
    from truth
),

records as (
    select
        customer_records.customer_record_key,
        customer_records.system
    from customer_records
    inner join told_systems on customer_records.system = told_systems.system
),

-- The truth of other data than what was loaded is none: scores of the records
-- that happen to be in both would say nothing.
strays as (
    select count(*) as records
    from records
    full outer join truth
        on records.customer_record_key = truth.customer_record_key
    where
        records.customer_record_key is null
        or truth.customer_record_key is null
),

final as (
    select
        truth.customer_record_key,
        truth.system,
        truth.person_id
    from truth
    cross join strays
    where strays.records = 0
)

select * from final
