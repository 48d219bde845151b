with csv_customers as (
    select * from {{ ref("stg_csv__customers") }}
),

csv_transactions as (
    select * from {{ ref("stg_csv__transactions") }}
),

online_retail_invoice_lines as (
    select * from {{ ref("stg_online_retail__invoice_lines") }}
),

final as (
    select
        'csv_customers' as table_name,
        'csv' as system,
        count(*) as rows_current
    from csv_customers
    union all
    select
        'csv_transactions' as table_name,
        'csv' as system,
        count(*) as rows_current
    from csv_transactions
    union all
    select
        'online_retail_invoice_lines' as table_name,
        'online_retail' as system,
        count(*) as rows_current
    from online_retail_invoice_lines
)

select * from final
