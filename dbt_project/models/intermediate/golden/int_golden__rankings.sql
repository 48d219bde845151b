with parts as (
    select * from {{ ref("int_golden__parts") }}
),

-- Copies within one system say no more than one of them.
counts as (
    select
        customer_key,
        part,
        told,
        count(distinct system) as telling_systems,
        count(*) as telling_records
    from parts
    group by customer_key, part, told
),

counted as (
    select
        parts.*,
        counts.telling_systems,
        counts.telling_records
    from parts
    inner join counts
        on parts.customer_key = counts.customer_key
        and parts.part = counts.part
        and parts.told = counts.told
),

-- Records that have the whole of a part come first: the city of one under the
-- address of another is a place that is not.
ranked as (
    select
        *,
        row_number() over (
            partition by customer_key, part
            order by
                is_whole desc,
                {{ survivorship_order() }},
                told collate "C" asc,
                customer_record_key asc
        ) as part_rank
    from counted
),

final as (
    select
        *,
        first_value(told) over (
            partition by customer_key, part
            order by part_rank
        ) as surviving_told,
        first_value(is_whole) over (
            partition by customer_key, part
            order by part_rank
        ) as is_survivor_whole
    from ranked
)

select * from final
