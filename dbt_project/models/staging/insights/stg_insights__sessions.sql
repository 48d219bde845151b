{%- set numbers = [
    "age", "credit_score", "monthly_income", "cost", "price", "quantity",
] -%}
{%- set answers = ["is_confirmed", "is_returned"] -%}
{%- set times = ["started_at", "carted_at", "confirmed_at", "ended_at"] -%}

with source as (
    select * from {{ source("insights", "sessions") }}
),

country_names as (
    select * from {{ ref("country_names") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(customer_id)", "trim(session_start)"],
            columns=[
                "full_name", "gender", "age", "credit_score", "monthly_income",
                "country", "state", "city", "category", "product", "cost",
                "price", "quantity", "campaign_schema", "cart_addition_time",
                "order_confirmation", "order_confirmation_time",
                "payment_method", "session_end", "order_return",
                "return_reason",
            ],
        ) }} as version_rank
    from source
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        trim(customer_id) || '|' || trim(session_start) as session_id,
        trim(customer_id) as customer_id,
        {{ clean_text("full_name") }} as name_text,
        {{ clean_text("gender") }} as gender_text,
        {{ clean_text("city") }} as city_text,
        {{ clean_text("state") }} as region,
        {{ clean_text("country") }} as country_text,
        {{ clean_text("category") }} as category,
        {{ clean_text("product") }} as product,
        {{ clean_text("campaign_schema") }} as campaign,
        {{ clean_text("payment_method") }} as payment_method,
        {{ clean_text("return_reason") }} as return_reason,
        {%- for number in numbers %}
        {{ clean_text(number) }} as {{ number }}_text,
        {%- endfor %}
        {{ clean_text("order_confirmation") }} as is_confirmed_text,
        {{ clean_text("order_return") }} as is_returned_text,
        {{ clean_text("session_start") }} as started_at_text,
        {{ clean_text("cart_addition_time") }} as carted_at_text,
        {{ clean_text("order_confirmation_time") }} as confirmed_at_text,
        {{ clean_text("session_end") }} as ended_at_text
    from versions
    where version_rank = 1
),

-- A price is multiplied by a quantity: hence no more than seven digits.
parsed as {{ evaluated_once() }} (
    select
        cleaned.*,
        person.given_name,
        person.family_name,
        person.company,
        {%- for number in numbers %}
        {{ decimal_or_null(number ~ "_text", 7, 2) }} as {{ number }},
        {%- endfor %}
        {%- for answer in answers %}
        {{ boolean_or_null(answer ~ "_text") }} as {{ answer }},
        {%- endfor %}
        {%- for time in times %}
        {{ timestamp_or_null(time ~ "_text", day_first=none) }} as {{ time }},
        {%- endfor %}
        {{ letters_only("country_text") }} as country_key
    from cleaned
    cross join lateral {{ full_name_parts("name_text") }} as person
),

final as (
    select
        -- ids
        parsed.session_id,
        parsed.customer_id,

        -- strings
        parsed.given_name,
        parsed.family_name,
        parsed.company,
        parsed.name_text,
        {{ sentence_case("parsed.gender_text") }} as gender,
        {{ humane_case("parsed.city_text") }} as city,
        parsed.region,
        country_names.country_code,
        parsed.country_text,
        parsed.category,
        parsed.product,
        parsed.campaign,
        parsed.payment_method,
        parsed.return_reason,
        {%- for column in numbers + answers + times %}
        parsed.{{ column }}_text,
        {%- endfor %}

        -- numerics, booleans and timestamps, and whether one was given that is
        -- none
        {%- for column in numbers + answers + times %}
        parsed.{{ column }},
        {{ is_malformed("parsed." ~ column) }}
            as {{ "is_" ~ column.removeprefix("is_") }}_malformed,
        {%- endfor %}
        parsed.country_text is not null and country_names.country_code is null
            as is_country_unknown,

        -- lineage
        parsed._source_file,
        parsed._row_number,
        parsed._batch_id
    from parsed
    left join country_names on parsed.country_key = country_names.name_key
)

select * from final
