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

iso_dates as (
    select
        invoice_date as given,
        {{ clean_text("invoice_date") }} as invoiced_at_text,
        {{ iso_date_text("trim(invoice_date)", day_first=false) }}
            as invoiced_at_iso
    from source
    group by invoice_date
),

dates as (
    select
        *,
        {{ timestamp_or_null("invoiced_at_iso") }} as invoiced_at
    from iso_dates
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

parsed as {{ evaluated_once() }} (
    select
        *,
        {{ decimal_text("quantity_text") }} as quantity_decimal,
        {{ decimal_text("unit_price_text") }} as unit_price_decimal
    from cleaned
),

joined as (
    select
        parsed.invoice_line_id,
        trim(parsed.invoice_no) as invoice_no,
        upper(trim(parsed.stock_code)) as stock_code,
        -- a spreadsheet may have made "17850.0" of it
        nullif(regexp_replace(trim(parsed.customer_id), '[.]0$', ''), '')
            as customer_id,
        descriptions.description,
        country_names.country_code,
        countries.country_text,
        parsed.quantity_text,
        parsed.unit_price_text,
        dates.invoiced_at_text,
        {{ decimal_or_null("parsed.quantity_decimal", 7, 4) }} as quantity,
        {{ decimal_or_null("parsed.unit_price_decimal", 7, 4) }} as unit_price,
        dates.invoiced_at,
        parsed._source_file,
        parsed._row_number,
        parsed._batch_id
    from parsed
    left join descriptions on parsed.description = descriptions.given
    left join countries on parsed.country = countries.given
    left join country_names on countries.country_key = country_names.name_key
    left join dates on parsed.invoice_date = dates.given
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
        quantity_text is not null and quantity is null as is_quantity_malformed,
        unit_price_text is not null and unit_price is null
            as is_unit_price_malformed,
        invoiced_at_text is not null and invoiced_at is null
            as is_invoiced_at_malformed,

        -- timestamps
        invoiced_at,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from joined
)

select * from final
