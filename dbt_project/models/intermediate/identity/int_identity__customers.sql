with components as (
    select * from {{ ref("int_identity__components") }}
),

final as (
    select
        node as customer_record_key,
        {{ dbt_utils.generate_surrogate_key(["component"]) }} as customer_key
    from components
)

select * from final
