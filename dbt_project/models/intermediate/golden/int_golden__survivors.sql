with field_values as (
    select * from {{ ref("int_golden__field_values") }}
),

-- The most recent value, but first of records that have the whole of it: the
-- city of one record under the address of another is a place that is not.
ranked as (
    select
        *,
        row_number() over (
            partition by customer_key, field
            order by
                is_whole desc,
                updated_at desc nulls last,
                customer_record_key asc
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
