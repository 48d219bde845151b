-- Rows in staging = rows in the crosswalk, system by system.
with csv_customers as (
    select * from {{ ref("int_customer_records__csv") }}
),

online_retail_customers as (
    select * from {{ ref("int_customer_records__online_retail") }}
),

bridge as (
    select * from {{ ref("bridge_customer_identities") }}
),

records as (
    select system from csv_customers
    union all
    select system from online_retail_customers
),

final as (
    select records.system
    from (
        select
            system,
            count(*) as customer_records
        from records
        group by system
    ) as records
    left join (
        select
            system,
            count(*) as customer_records
        from bridge
        group by system
    ) as bridge on records.system = bridge.system
    where records.customer_records is distinct from bridge.customer_records
)

select * from final
