with identifiers as (
    select * from {{ ref("int_identity__identifiers") }}
),

identifier_stop_list as (
    select * from {{ ref("identifier_stop_list") }}
),

shared as (
    select
        identifier_type,
        identifier_value,
        lower(identifier_value) as lowercase_value,
        count(*) as customer_records,
        count(distinct given_name_match || ' ' || family_name_match)
            as distinct_names,
        -- whoever has an id need not say their name; a device that a shop or
        -- a library shares shows by the mailboxes
        count(distinct email_match) filter (
            where identifier_type = 'issued_id'
        ) as distinct_mailboxes
    from identifiers
    group by identifier_type, identifier_value
),

stop_listed as (
    select
        shared.identifier_type,
        shared.identifier_value,
        min(identifier_stop_list.reason) as reason
    from shared
    inner join identifier_stop_list
        on shared.identifier_type = identifier_stop_list.identifier_type
        and shared.lowercase_value like identifier_stop_list.pattern
    group by shared.identifier_type, shared.identifier_value
),

judged as (
    select
        shared.*,
        stop_listed.reason,
        case
            when stop_listed.reason is not null then 'stop_list'
            when shared.distinct_names > {{ var("max_names_per_identifier") }}
                then 'too_many_names'
            when
                shared.distinct_mailboxes
                > {{ var("max_names_per_identifier") }}
                then 'too_many_mailboxes'
        end as guard
    from shared
    left join stop_listed
        on shared.identifier_type = stop_listed.identifier_type
        and shared.identifier_value = stop_listed.identifier_value
),

final as (
    select
        identifier_type,
        identifier_value,
        customer_records,
        distinct_names,
        distinct_mailboxes,
        guard,
        case guard
            when 'stop_list' then 'stop list: ' || reason
            when 'too_many_names' then 'shared by too many names'
            when 'too_many_mailboxes' then 'shared by too many mailboxes'
        end as rejection
    from judged
)

select * from final
