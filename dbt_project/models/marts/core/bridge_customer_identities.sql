with customer_records as (
    select * from {{ ref("int_customer_records") }}
),

customers as (
    select * from {{ ref("int_identity__customers") }}
),

record_reasons as (
    select * from {{ ref("int_identity__record_reasons") }}
),

final as (
    select
        customer_records.customer_record_key,
        customers.customer_key,
        customer_records.system,
        customer_records.entity,
        customer_records.source_record_id,
        record_reasons.rule,
        record_reasons.score,
        record_reasons.evidence,
        record_reasons.model_version
    from customer_records
    inner join customers
        on customer_records.customer_record_key = customers.customer_record_key
    inner join record_reasons
        on customer_records.customer_record_key
        = record_reasons.customer_record_key
    -- the index of the primary key grows faster at its end
    order by customer_records.customer_record_key
)

select * from final
