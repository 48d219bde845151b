with rejections as (
    select * from {{ ref("int_identity__rejections") }}
),

identifier_values as (
    select * from {{ ref("int_identity__identifier_values") }}
),

customers as (
    select * from {{ ref("int_identity__customers") }}
),

counted as (
    select
        rejections.identifier_type,
        rejections.identifier_value,
        rejections.guard,
        rejections.reason,
        count(*) as customer_records,
        count(distinct customers.customer_key) as customers
    from rejections
    inner join customers
        on rejections.customer_record_key = customers.customer_record_key
    group by
        rejections.identifier_type,
        rejections.identifier_value,
        rejections.guard,
        rejections.reason
),

final as (
    select
        -- ids
        {{ dbt_utils.generate_surrogate_key(
            [
                "counted.identifier_type", "counted.identifier_value",
                "counted.guard",
            ]
        ) }} as rejection_key,

        -- strings
        counted.identifier_type,
        counted.identifier_value,
        counted.guard,
        counted.reason,

        -- numerics
        counted.customer_records,
        counted.customers,
        identifier_values.customer_records as identifier_records,
        identifier_values.distinct_names,
        identifier_values.distinct_mailboxes
    from counted
    inner join identifier_values
        on counted.identifier_type = identifier_values.identifier_type
        and counted.identifier_value = identifier_values.identifier_value
)

select * from final
