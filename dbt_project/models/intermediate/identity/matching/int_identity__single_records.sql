{{ config(enabled=var("match_probabilistically")) }}

with records as (
    select * from {{ ref("int_identity__records") }}
),

final as (
    select
        source,
        {%- for field in matching_fields() %}
        {{ field }},
        {%- endfor %}
        customer_record_key as profile_key
    from records
)

select * from final
