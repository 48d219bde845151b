-- Rows of each system's records = rows in the crosswalk.
with records as (
    {{ union_all(models=customer_record_models(), columns=["system"]) }}
),

bridge as (
    select * from {{ ref("bridge_customer_identities") }}
),

in_systems as (
    select
        system,
        count(*) as customer_records
    from records
    group by system
),

in_bridge as (
    select
        system,
        count(*) as customer_records
    from bridge
    group by system
),

final as (
    select
        in_systems.system,
        in_systems.customer_records,
        in_bridge.customer_records as bridge_records
    from in_systems
    left join in_bridge on in_systems.system = in_bridge.system
    where
        in_systems.customer_records
        is distinct from in_bridge.customer_records
)

select * from final
