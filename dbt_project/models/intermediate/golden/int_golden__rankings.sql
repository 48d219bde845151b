with parts as (
    select * from {{ ref("int_golden__parts") }}
),

numbered as (
    select
        *,
        row_number() over (
            partition by customer_key, part, told, system
            order by customer_record_key
        ) as system_number
    from parts
),

-- Copies within one system say no more than one of them.
counted as (
    select
        *,
        count(*) over (partition by customer_key, part, told)
            as telling_records,
        count(*) filter (where system_number = 1) over (
            partition by customer_key, part, told
        ) as telling_systems
    from numbered
),

final as (
    select
        *,
        row_number() over (
            partition by customer_key, part
            order by {{ survivorship_order() }}
        ) as part_rank,
        first_value(told) over (
            partition by customer_key, part
            order by {{ survivorship_order() }}
        ) as surviving_told,
        first_value(is_whole) over (
            partition by customer_key, part
            order by {{ survivorship_order() }}
        ) as is_survivor_whole
    from counted
)

select * from final
