with invoice_lines as (
    select * from {{ ref("stg_online_retail__invoice_lines") }}
),

amounts as (
    select
        *,
        cast(quantity * unit_price as numeric(18, 4)) as amount,
        case
            when is_cancellation then 'cancelled'
            -- stock write-offs, samples, fees and bad debt: not a sale
            when quantity <= 0 or unit_price <= 0 then 'adjustment'
            else 'completed'
        end as status
    from invoice_lines
),

final as (
    select
        'online_retail' as system,
        'invoice_lines' as entity,
        'online_retail' as customer_system,
        'invoice_lines' as customer_entity,
        invoice_line_id as source_transaction_id,
        invoice_no as source_order_id,
        customer_id as source_customer_id,
        'online' as channel,
        stock_code as product_id,
        cast(null as text) as store_id,
        cast(null as text) as campaign,
        status,
        invoiced_at as ordered_at,
        quantity,
        '{{ var("reporting_currency") }}' as currency,
        {{ gross_amount("amount", "status") }} as gross_amount,
        {{ refund_amount("amount", "status") }} as refund_amount
    from amounts
)

select * from final
