{#- The file has no line number, and a customer may buy the same thing twice on
    one invoice: equal lines are told apart by counting them. -#}
{%- set columns = [
    "invoice_no", "stock_code", "description", "quantity", "invoice_date",
    "unit_price", "customer_id", "country",
] -%}

with source as (
    select * from {{ source("online_retail", "invoice_lines") }}
),

country_names as (
    select * from {{ ref("country_names") }}
),

fingerprinted as (
    select
        *,
        {{ row_fingerprint(columns) }} as fingerprint
    from source
),

occurrences as (
    select
        *,
        row_number() over (
            partition by _batch_id, fingerprint order by _row_number
        ) as occurrence
    from fingerprinted
),

versions as (
    select
        *,
        row_number() over (
            partition by fingerprint, occurrence order by _batch_id desc
        ) as version_rank
    from occurrences
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        {{ dbt_utils.generate_surrogate_key(["fingerprint", "occurrence"]) }}
            as invoice_line_id,
        trim(invoice_no) as invoice_no,
        upper(trim(stock_code)) as stock_code,
        {{ clean_text("description") }} as description,
        regexp_replace(trim(customer_id), '\.0$', '') as customer_id,
        {{ clean_text("country") }} as country_text,
        {{ letters_only("country") }} as country_key,
        trim(quantity) as quantity_text,
        trim(unit_price) as unit_price_text,
        {{ iso_date_text("trim(invoice_date)", day_first=false) }}
            as invoiced_at_iso
    from versions
    where version_rank = 1
),

final as (
    select
        -- ids
        cleaned.invoice_line_id,
        cleaned.invoice_no,
        cleaned.stock_code,
        nullif(cleaned.customer_id, '') as customer_id,

        -- strings
        cleaned.description,
        country_names.country_code,
        cleaned.country_text,

        -- numerics
        cast({{ decimal_text("cleaned.quantity_text") }} as integer)
            as quantity,
        cast({{ decimal_text("cleaned.unit_price_text") }} as numeric(18, 4))
            as unit_price,

        -- booleans
        cleaned.invoice_no like 'C%' as is_cancellation,

        -- timestamps
        {{ timestamp_or_null("cleaned.invoiced_at_iso") }} as invoiced_at,

        -- lineage
        cleaned._source_file,
        cleaned._row_number,
        cleaned._batch_id
    from cleaned
    left join country_names on cleaned.country_key = country_names.name_key
)

select * from final
