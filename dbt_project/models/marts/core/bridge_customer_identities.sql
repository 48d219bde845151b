with customer_records as (
    select * from {{ ref("int_customer_records") }}
),

customers as (
    select * from {{ ref("int_identity__customers") }}
),

record_rules as (
    select * from {{ ref("int_identity__record_rules") }}
),

final as (
    select
        customer_records.customer_record_key,
        customers.customer_key,
        customer_records.system,
        customer_records.entity,
        customer_records.source_record_id,
        coalesce(record_rules.rule, 'single') as rule
    from customer_records
    inner join customers
        on customer_records.customer_record_key = customers.customer_record_key
    left join record_rules
        on customer_records.customer_record_key
        = record_rules.customer_record_key
)

select * from final
