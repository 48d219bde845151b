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

parsed as {{ evaluated_once() }} (
    select
        *,
        {%- for number in numbers %}
        {{ decimal_text(number ~ "_text") }} as {{ number }}_decimal,
        {%- endfor %}
        {%- for answer in answers %}
        {{ boolean_or_null(answer ~ "_text") }} as {{ answer }},
        {%- endfor %}
        {%- for time in times %}
        {{ iso_date_text(time ~ "_text", day_first=none) }} as {{ time }}_iso,
        {%- endfor %}
        {{ letters_only("country_text") }} as country_key,
        {{ is_company("name_text") }} as is_company,
        {{ without_titles("name_text") }} as untitled_name
    from cleaned
),

-- A price is multiplied by a quantity: hence no more than seven digits.
dated as {{ evaluated_once() }} (
    select
        *,
        {%- for number in numbers %}
        {{ decimal_or_null(number ~ "_decimal", 7, 2) }} as {{ number }},
        {%- endfor %}
        {%- for time in times %}
        {{ timestamp_or_null(time ~ "_iso") }} as {{ time }},
        {%- endfor %}
        case
            when not is_company then {{ split_name("untitled_name", "given") }}
        end as given_name_text,
        case
            when not is_company then {{ split_name("untitled_name", "family") }}
        end as family_name_text
    from parsed
),

named as {{ evaluated_once() }} (
    select
        *,
        {{ without_titles(person_name("given_name_text")) }} as given_name,
        {{ without_titles(person_name("family_name_text")) }} as family_name
    from dated
),

final as (
    select
        -- ids
        named.session_id,
        named.customer_id,

        -- strings
        {{ humane_case("named.given_name") }} as given_name,
        {{ humane_case("named.family_name") }} as family_name,
        case when named.is_company then named.name_text end as company,
        named.name_text,
        {{ sentence_case("named.gender_text") }} as gender,
        {{ humane_case("named.city_text") }} as city,
        named.region,
        country_names.country_code,
        named.country_text,
        named.category,
        named.product,
        named.campaign,
        named.payment_method,
        named.return_reason,
        {%- for column in numbers + answers + times %}
        named.{{ column }}_text,
        {%- endfor %}

        -- numerics, booleans and timestamps, and whether one was given that is
        -- none
        {%- for column in numbers + answers + times %}
        named.{{ column }},
        named.{{ column }}_text is not null and named.{{ column }} is null
            as {{ "is_" ~ column.removeprefix("is_") }}_malformed,
        {%- endfor %}
        named.country_text is not null and country_names.country_code is null
            as is_country_unknown,

        -- lineage
        named._source_file,
        named._row_number,
        named._batch_id
    from named
    left join country_names on named.country_key = country_names.name_key
)

select * from final
