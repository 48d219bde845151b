with customers as (
    select * from {{ ref("int_identity__customers") }}
),

record_rules as (
    select * from {{ ref("int_identity__record_rules") }}
),

{%- if var("match_probabilistically") %}

record_joins as (
    select * from {{ ref("int_identity__record_joins") }}
),
{%- else %}

record_joins as (
    select
        customer_record_key,
        1 as pass,
        cast(null as double precision) as score,
        cast(null as text) as evidence,
        cast(null as text) as model_version
    from customers
    where false
),
{%- endif %}

-- The pass in which its own profile met others says most of a record; in a
-- second one it goes along with the whole cluster.
first_joins as (
    select
        *,
        row_number() over (
            partition by customer_record_key
            order by pass
        ) as join_rank
    from record_joins
),

sizes as (
    select
        customer_key,
        count(*) as customer_records
    from customers
    group by customer_key
),

reasons as (
    select
        customers.customer_record_key,
        -- whoever has been parted from all others is single, whatever links
        sizes.customer_records = 1 as is_single,
        record_rules.rule,
        record_rules.evidence as shared_identifiers,
        first_joins.score,
        first_joins.evidence as agreement,
        first_joins.model_version
    from customers
    inner join sizes on customers.customer_key = sizes.customer_key
    left join record_rules
        on customers.customer_record_key = record_rules.customer_record_key
    left join first_joins
        on customers.customer_record_key = first_joins.customer_record_key
        and first_joins.join_rank = 1
),

final as (
    select
        customer_record_key,
        case
            when is_single then 'single'
            when rule is not null then rule
            else 'matched'
        end as rule,
        case when not is_single then score end as score,
        case
            when not is_single
                then nullif(
                    concat_ws(
                        '; ', 'same ' || shared_identifiers, agreement
                    ),
                    ''
                )
        end as evidence,
        case when not is_single then model_version end as model_version
    from reasons
)

select * from final
