with field_values as (
    select * from {{ ref("int_golden__field_values") }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by customer_key, field
            order by updated_at desc nulls last, customer_record_key asc
        ) as survivor_rank
    from field_values
),

final as (
    select
        customer_key,
        field,
        field_value,
        customer_record_key
    from ranked
    where survivor_rank = 1
)

select * from final
