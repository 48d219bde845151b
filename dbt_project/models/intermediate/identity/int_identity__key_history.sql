{{ config(materialized="view") }}
-- depends_on: {{ ref("int_identity__customers") }}

with history as (
    select * from {{ ref("stg_identity__customer_key_history") }}
),

customer_keys as (
    select * from {{ ref("stg_identity__customer_keys") }}
),

final as (
    select
        history.customer_key_change_key,
        history.revision,
        history.customer_key,
        history.kind,
        history.other_customer_key,
        history.customer_records,
        history.reason,
        history.as_of_date,
        customer_keys.current_customer_key
    from history
    left join customer_keys
        on history.customer_key = customer_keys.customer_key
)

select * from final
