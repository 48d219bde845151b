with history as (
    select * from {{ ref("int_identity__key_history") }}
),

final as (
    select
        customer_key_change_key,
        revision,
        customer_key,
        kind,
        other_customer_key,
        customer_records,
        reason,
        as_of_date,
        current_customer_key
    from history
)

select * from final
