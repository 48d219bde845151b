with source as (
    select * from {{ source("dealer", "financing") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(contract_id)"],
            columns=[
                "sale_id", "customer_id", "kind", "amount", "annual_rate",
                "term_months", "start_date", "status",
            ],
        ) }} as version_rank
    from source
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        trim(contract_id) as contract_id,
        nullif(trim(sale_id), '') as sale_id,
        nullif(trim(customer_id), '') as customer_id,
        lower({{ clean_text("kind") }}) as kind,
        lower({{ clean_text("status") }}) as status,
        {{ clean_text("amount") }} as amount_text,
        {{ clean_text("annual_rate") }} as annual_rate_text,
        {{ clean_text("term_months") }} as term_months_text,
        {{ clean_text("start_date") }} as starts_at_text
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        *,
        {{ decimal_or_null("amount_text", 12, 2) }} as amount,
        {{ decimal_or_null("annual_rate_text", 7, 4) }} as annual_rate,
        cast({{ decimal_or_null("term_months_text", 4, 0) }} as integer)
            as term_months,
        {{ timestamp_or_null("starts_at_text", day_first=none) }} as starts_at
    from cleaned
),

final as (
    select
        -- ids
        contract_id,
        sale_id,
        customer_id,

        -- strings
        kind,
        status,
        amount_text,
        annual_rate_text,
        term_months_text,
        starts_at_text,

        -- numerics
        amount,
        annual_rate,
        term_months,

        -- booleans
        {{ is_malformed("amount") }} as is_amount_malformed,
        {{ is_malformed("annual_rate") }} as is_annual_rate_malformed,
        {{ is_malformed("term_months") }} as is_term_months_malformed,
        {{ is_malformed("starts_at") }} as is_starts_at_malformed,

        -- timestamps
        starts_at,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from parsed
)

select * from final
