with invoice_lines as (
    select * from {{ ref("stg_online_retail__invoice_lines") }}
),

-- The file knows a customer by id and country alone: the country of the last
-- invoice is theirs.
customers as (
    select
        customer_id,
        min(invoiced_at) as created_at,
        max(invoiced_at) as updated_at
    from invoice_lines
    where customer_id is not null
    group by customer_id
),

last_countries as (
    select
        customer_id,
        country_code,
        row_number() over (
            partition by customer_id
            order by invoiced_at desc, invoice_line_id asc
        ) as recency_rank
    from invoice_lines
    where customer_id is not null
),

final as (
    select
        'online_retail' as system,
        'invoice_lines' as entity,
        'online_retail' as issuer,
        customers.customer_id as source_record_id,
        customers.customer_id as issued_id,
        cast(null as text) as given_name,
        cast(null as text) as family_name,
        cast(null as text) as company,
        cast(null as text) as email,
        cast(null as text) as phone_text,
        cast(null as text) as address,
        cast(null as text) as postcode,
        cast(null as text) as city,
        last_countries.country_code,
        customers.created_at,
        customers.updated_at
    from customers
    inner join last_countries
        on customers.customer_id = last_countries.customer_id
        and last_countries.recency_rank = 1
)

select * from final
