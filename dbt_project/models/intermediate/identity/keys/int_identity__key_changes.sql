with customer_keys as (
    select * from {{ ref("int_identity__customer_keys") }}
),

cluster_keys as (
    select * from {{ ref("int_identity__cluster_keys") }}
),

flows as (
    select * from {{ ref("int_identity__key_flows") }}
),

links as (
    select * from {{ ref("int_identity__key_links") }}
),

as_of as (
    select * from {{ ref("int_as_of_date") }}
),

origins as (
    select
        previous_customer_key,
        customer_key,
        row_number() over (
            partition by customer_key
            order by customer_records desc, previous_customer_key asc
        ) as origin_rank
    from flows
    where previous_customer_key is not null
),

-- What became of each key. The records of one that begins or lives again come
-- from `other_customer_key`, those of one that ends go there.
fates as (
    select
        customer_keys.customer_key,
        case
            when origins.customer_key is not null then 'split'
            else 'created'
        end as kind,
        origins.previous_customer_key as other_customer_key
    from customer_keys
    left join origins
        on customer_keys.customer_key = origins.customer_key
        and origins.origin_rank = 1
    where customer_keys.revision = customer_keys.next_revision
    union all
    select
        customer_key,
        case
            when current_customer_key is null then 'retired'
            when current_customer_key = customer_key then 'restored'
            else 'absorbed'
        end as kind,
        case
            when current_customer_key = customer_key
                then previous_customer_key
            else current_customer_key
        end as other_customer_key
    from customer_keys
    where
        revision < next_revision
        and previous_customer_key is distinct from current_customer_key
        -- one that was absorbed before follows whoever has its records
        and (
            coalesce(previous_customer_key, customer_key) = customer_key
            or current_customer_key = customer_key
        )
),

told as (
    select
        customer_key,
        kind,
        other_customer_key,
        case
            when kind = 'absorbed' then customer_key
            else other_customer_key
        end as from_key,
        case
            when kind = 'absorbed' then other_customer_key
            else customer_key
        end as to_key
    from fates
),

changes as (
    select
        told.customer_key,
        told.kind,
        told.other_customer_key,
        coalesce(
            case
                when told.kind = 'created' then cluster_keys.customer_records
            end,
            flows.customer_records,
            0
        ) as customer_records
    from told
    left join cluster_keys on told.customer_key = cluster_keys.customer_key
    left join flows
        on told.to_key = flows.customer_key
        -- whose records are back was nobody in between
        and coalesce(told.from_key, '') = coalesce(
            flows.previous_customer_key, ''
        )
    union all
    select
        flows.previous_customer_key as customer_key,
        'moved' as kind,
        flows.customer_key as other_customer_key,
        flows.customer_records
    from flows
    left join told
        on flows.previous_customer_key = told.from_key
        and flows.customer_key = told.to_key
    where
        flows.previous_customer_key is not null
        and told.customer_key is null
),

next_revision as (
    select max(next_revision) as revision
    from customer_keys
),

final as (
    select
        {{ dbt_utils.generate_surrogate_key([
            "next_revision.revision",
            "changes.customer_key",
            "changes.kind",
            "changes.other_customer_key",
        ]) }} as customer_key_change_key,
        next_revision.revision,
        changes.customer_key,
        changes.kind,
        changes.other_customer_key,
        changes.customer_records,
        case
            when changes.kind = 'created' then 'new records'
            when changes.kind = 'retired' then 'its records are gone'
            when changes.other_customer_key is null then 'its records are back'
            when changes.kind in ('split', 'restored') then 'no longer linked'
            else coalesce('linked by ' || links.rule, 'matched')
        end as reason,
        as_of.as_of_date
    from changes
    cross join as_of
    cross join next_revision
    left join links
        on changes.customer_key = links.previous_customer_key
        and changes.other_customer_key = links.customer_key
)

select * from final
