with customer_records as (
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

records as (
    select
        customer_records.customer_record_key,
        customers.customer_key,
        customer_records.updated_at,
        customer_records.given_name,
        customer_records.family_name,
        customer_records.phone,
        customer_records.address,
        customer_records.postcode,
        customer_records.city,
        customer_records.country_code,
        -- an address that nobody reads is nobody's
        case
            when rejected_emails.identifier_value is null
                then customer_records.email
        end as email
    from customer_records
    inner join customers
        on customer_records.customer_record_key = customers.customer_record_key
    left join rejected_emails
        on customer_records.email_match = rejected_emails.identifier_value
),

final as (
    {%- for field in golden_fields() %}
    select
        customer_key,
        customer_record_key,
        '{{ field }}' as field,
        {{ field }} as field_value,
        {{ is_whole(field) }} as is_whole,
        updated_at
    from records
    where {{ field }} is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from final
