with source as (
    select * from {{ source("online_retail", "invoice_lines") }}
),

country_names as (
    select * from {{ ref("country_names") }}
),

lines as (
    {{ latest_occurrences(
        relation=source("online_retail", "invoice_lines"),
        columns=[
            "invoice_no", "stock_code", "description", "quantity",
            "invoice_date", "unit_price", "customer_id", "country",
        ],
    ) }}
),

-- One text stands in many lines: each distinct one is read once.
descriptions as (
    select
        description as given,
        {{ clean_text("description") }} as description
    from source
    group by description
),

countries as (
    select
        country as given,
        {{ clean_text("country") }} as country_text,
        {{ letters_only("country") }} as country_key
    from source
    group by country
),

dates as (
    select
        invoice_date as given,
        {{ clean_text("invoice_date") }} as invoiced_at_text,
        {{ timestamp_or_null("trim(invoice_date)", day_first=false) }}
            as invoiced_at
    from source
    group by invoice_date
),

cleaned as {{ evaluated_once() }} (
    select
        *,
        {{ dbt_utils.generate_surrogate_key(["fingerprint", "occurrence"]) }}
            as invoice_line_id,
        {{ clean_text("quantity") }} as quantity_text,
        {{ clean_text("unit_price") }} as unit_price_text
    from lines
),

joined as (
    select
        cleaned.invoice_line_id,
        trim(cleaned.invoice_no) as invoice_no,
        upper(trim(cleaned.stock_code)) as stock_code,
        -- a spreadsheet may have made "17850.0" of it
        nullif(regexp_replace(trim(cleaned.customer_id), '[.]0$', ''), '')
            as customer_id,
        descriptions.description,
        country_names.country_code,
        countries.country_text,
        cleaned.quantity_text,
        cleaned.unit_price_text,
        dates.invoiced_at_text,
        {{ decimal_or_null("cleaned.quantity_text", 7, 4) }} as quantity,
        {{ decimal_or_null("cleaned.unit_price_text", 7, 4) }} as unit_price,
        dates.invoiced_at,
        cleaned._source_file,
        cleaned._row_number,
        cleaned._batch_id
    from cleaned
    left join descriptions on cleaned.description = descriptions.given
    left join countries on cleaned.country = countries.given
    left join country_names on countries.country_key = country_names.name_key
    left join dates on cleaned.invoice_date = dates.given
),

final as (
    select
        -- ids
        invoice_line_id,
        invoice_no,
        stock_code,
        customer_id,

        -- strings
        description,
        country_code,
        country_text,
        quantity_text,
        unit_price_text,
        invoiced_at_text,

        -- numerics
        quantity,
        unit_price,

        -- booleans
        invoice_no like 'C%' as is_cancellation,
        {{ is_malformed("quantity") }} as is_quantity_malformed,
        {{ is_malformed("unit_price") }} as is_unit_price_malformed,
        {{ is_malformed("invoiced_at") }} as is_invoiced_at_malformed,

        -- timestamps
        invoiced_at,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from joined
)

select * from final
