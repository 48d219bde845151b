with records as (
    {{ union_all(
        models=customer_record_models(),
        columns=[
            "system", "entity", "issuer", "source_record_id", "issued_id",
            "given_name", "family_name", "company", "email", "phone_text",
            "address", "postcode", "city", "country_code", "created_at",
            "updated_at",
        ],
    ) }}
),

final as (
    select
        {{ dbt_utils.generate_surrogate_key(
            ["system", "entity", "source_record_id"]
        ) }} as customer_record_key,
        *
    from records
)

select * from final
