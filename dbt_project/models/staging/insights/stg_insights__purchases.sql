{%- set numbers = {
    "age": "age",
    "amount": "purchase_amount",
    "review_rating": "review_rating",
    "previous_purchases": "previous_purchases",
    "days_between_purchases": "frequency_of_purchases_days",
} -%}
{%- set answers = {
    "is_subscribed": "subscription_status",
    "is_discounted": "discount_applied",
} -%}

with source as (
    select * from {{ source("insights", "purchases") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(customer_id)"],
            columns=[
                "age", "age_group", "gender", "item_purchased", "category",
                "purchase_amount", "location", "size", "color", "season",
                "review_rating", "subscription_status", "shipping_type",
                "discount_applied", "previous_purchases", "payment_method",
                "frequency_of_purchases_days",
            ],
        ) }} as version_rank
    from source
),

cleaned as {{ evaluated_once() }} (
    select
        _source_file,
        _row_number,
        _batch_id,
        trim(customer_id) as customer_id,
        {{ clean_text("gender") }} as gender_text,
        {{ clean_text("age_group") }} as age_group,
        {{ clean_text("location") }} as location,
        {{ clean_text("item_purchased") }} as product,
        {{ clean_text("category") }} as category,
        {{ clean_text("size") }} as size,
        {{ clean_text("color") }} as color,
        {{ clean_text("season") }} as season,
        {{ clean_text("shipping_type") }} as shipping_type,
        {%- for name, given in dict(numbers, **answers).items() %}
        {{ clean_text(given) }} as {{ name }}_text,
        {%- endfor %}
        {{ clean_text("payment_method") }} as payment_method
    from versions
    where version_rank = 1
),

parsed as {{ evaluated_once() }} (
    select
        {%- for name in answers %}
        {{ boolean_or_null(name ~ "_text") }} as {{ name }},
        {%- endfor %}
        {%- for name in numbers %}
        {{ decimal_or_null(name ~ "_text", 12, 2) }} as {{ name }},
        {%- endfor %}
        *
    from cleaned
),

final as (
    select
        -- ids
        customer_id,

        -- strings
        {{ sentence_case("gender_text") }} as gender,
        age_group,
        location,
        product,
        category,
        size,
        color,
        season,
        shipping_type,
        payment_method,

        -- numerics and booleans as given and as read
        {%- for name in dict(numbers, **answers) %}
        {{ name }}_text,
        {{ name }},
        {{ is_malformed(name) }}
            as {{ "is_" ~ name.removeprefix("is_") }}_malformed,
        {%- endfor %}

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from parsed
)

select * from final
