with interactions as (
    select * from {{ ref("int_interactions__unioned") }}
),

salesforce_contacts as (
    select * from {{ ref("stg_salesforce__contacts") }}
),

salesforce_leads as (
    select * from {{ ref("stg_salesforce__leads") }}
),

dynamics_contacts as (
    select * from {{ ref("stg_dynamics__contacts") }}
),

hubspot_contacts as (
    select * from {{ ref("stg_hubspot__contacts") }}
),

flagged as (
    select
        'salesforce' as system,
        'contacts' as entity,
        contact_id as source_record_id
    from salesforce_contacts
    where is_email_opted_out
    union all
    select
        'salesforce' as system,
        'leads' as entity,
        lead_id as source_record_id
    from salesforce_leads
    where is_email_opted_out
    union all
    select
        'dynamics' as system,
        'contacts' as entity,
        contact_id as source_record_id
    from dynamics_contacts
    where is_email_opted_out
    union all
    select
        'hubspot' as system,
        'contacts' as entity,
        contact_id as source_record_id
    from hubspot_contacts
    where is_email_opted_out
),

-- Whatever the day: an opt-out of an unknown or a mistyped day is one. A CRM
-- has a flag, and no day.
withdrawals as (
    select
        customer_record_key,
        occurred_at as opted_out_at
    from interactions
    where
        interaction_type = 'email_unsubscribe'
        and customer_record_key is not null
    union all
    select
        {{ dbt_utils.generate_surrogate_key(
            ["system", "entity", "source_record_id"]
        ) }} as customer_record_key,
        null as opted_out_at
    from flagged
),

final as (
    select
        customer_record_key,
        min(opted_out_at) as opted_out_at
    from withdrawals
    group by customer_record_key
)

select * from final
