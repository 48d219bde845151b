with customer_records as (
    select * from {{ ref("int_customer_records") }}
),

final as (
    {%- for identifier in linking_identifiers() %}
    select
        customer_record_key,
        '{{ identifier.type }}' as identifier_type,
        {{ identifier.column }} as identifier_value,
        coalesce(given_name_match, '') as given_name_match,
        coalesce(family_name_match, '') as family_name_match
    from customer_records
    where {{ identifier.column }} is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from final
