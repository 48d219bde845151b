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

in_staging as (
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
        in_staging.system,
        in_staging.customer_records,
        in_bridge.customer_records as bridge_records
    from in_staging
    left join in_bridge on in_staging.system = in_bridge.system
    where
        in_staging.customer_records
        is distinct from in_bridge.customer_records
)

select * from final
