with customer_records as (
    select * from {{ ref("int_customer_records") }}
),

customers as (
    select * from {{ ref("int_identity__customers") }}
),

identifier_values as (
    select * from {{ ref("int_identity__identifier_values") }}
),

transactions as (
    select * from {{ ref("int_transactions") }}
),

source_trust as (
    select * from {{ ref("source_trust") }}
),

rejected_emails as (
    select identifier_value
    from identifier_values
    where identifier_type = 'email' and rejection is not null
),

rejected_phones as (
    select identifier_value
    from identifier_values
    where identifier_type = 'phone' and rejection is not null
),

sales as (
    select
        customer_record_key,
        sum(net_amount) as revenue
    from transactions
    where status = 'completed' and ordered_at is not null
    group by customer_record_key
),

records as (
    select
        customers.customer_key,
        customer_records.customer_record_key,
        customer_records.system,
        customer_records.given_name,
        customer_records.family_name,
        customer_records.given_name_match,
        customer_records.family_name_match,
        -- an address that nobody reads is nobody's
        case
            when rejected_emails.identifier_value is null
                then customer_records.email
        end as email,
        customer_records.email_match,
        customer_records.phone,
        -- a switchboard's number is better than none
        case
            when rejected_phones.identifier_value is null
                then customer_records.phone
        end as unshared_phone,
        customer_records.address,
        customer_records.postcode,
        customer_records.city,
        customer_records.country_code,
        source_trust.trust,
        coalesce(sales.revenue, 0) as revenue,
        customer_records.updated_at
    from customer_records
    inner join customers
        on customer_records.customer_record_key = customers.customer_record_key
    left join rejected_emails
        on customer_records.email_match = rejected_emails.identifier_value
    left join rejected_phones
        on customer_records.phone = rejected_phones.identifier_value
    left join source_trust on customer_records.system = source_trust.system
    left join sales
        on customer_records.customer_record_key = sales.customer_record_key
),

final as (
    {%- for part in golden_parts() %}
    {%- set is_whole =
        part.whole | join(" is not null and ") ~ " is not null" %}
    select
        customer_key,
        customer_record_key,
        system,
        '{{ part.part }}' as part,
        {{ is_whole }} as is_whole,
        lower(
            case
                when {{ is_whole }}
                    then concat_ws('|', {{ part.told_by | join(", ") }})
                else concat_ws('|', {{ part.fields | join(", ") }})
            end
        ) as told,
        {%- for field in golden_fields() %}
        {% if field in part.fields %}{{ field }}{% else %}null{% endif %}
            as {{ field }},
        {%- endfor %}
        trust,
        revenue,
        updated_at
    from records
    where coalesce({{ part.fields | join(", ") }}) is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from final
