with withdrawals as (
    select * from {{ ref("int_golden__withdrawals") }}
),

customer_records as (
    select * from {{ ref("int_customer_records") }}
),

customers as (
    select * from {{ ref("int_identity__customers") }}
),

identifier_values as (
    select * from {{ ref("int_identity__identifier_values") }}
),

rejected_emails as (
    select identifier_value
    from identifier_values
    where identifier_type = 'email' and rejection is not null
),

-- Who shares the mailbox must not be written to there either; a mailbox that
-- links nobody is in no golden record.
mailboxes as (
    select
        customer_records.email_match,
        min(withdrawals.customer_record_key) as customer_record_key,
        min(withdrawals.opted_out_at) as opted_out_at
    from withdrawals
    inner join customer_records
        on withdrawals.customer_record_key
        = customer_records.customer_record_key
    left join rejected_emails
        on customer_records.email_match = rejected_emails.identifier_value
    where
        customer_records.email_match is not null
        and rejected_emails.identifier_value is null
    group by customer_records.email_match
),

opt_outs as (
    select
        customers.customer_key,
        withdrawals.customer_record_key,
        withdrawals.opted_out_at
    from withdrawals
    inner join customers
        on withdrawals.customer_record_key = customers.customer_record_key
    union all
    select
        customers.customer_key,
        mailboxes.customer_record_key,
        mailboxes.opted_out_at
    from mailboxes
    inner join customer_records
        on mailboxes.email_match = customer_records.email_match
    inner join customers
        on customer_records.customer_record_key = customers.customer_record_key
),

ranked as (
    select
        *,
        row_number() over (
            partition by customer_key
            order by opted_out_at asc nulls last, customer_record_key asc
        ) as opt_out_rank
    from opt_outs
),

final as (
    select
        customer_key,
        customer_record_key,
        opted_out_at
    from ranked
    where opt_out_rank = 1
)

select * from final
