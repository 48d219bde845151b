with survivors as (
    select * from {{ ref("int_golden__survivors") }}
),

opt_outs as (
    select * from {{ ref("int_golden__opt_outs") }}
),

customer_records as (
    select * from {{ ref("int_customer_records") }}
),

values_and_consents as (
    select
        customer_key,
        field,
        field_value,
        customer_record_key,
        telling_records,
        differing_records,
        '{{ var("deduplication_strategy") }}' as survived_by
    from survivors
    union all
    select
        customer_key,
        'email_consent' as field,
        'opted_out' as field_value,
        customer_record_key,
        null as telling_records,
        null as differing_records,
        'most_restrictive' as survived_by
    from opt_outs
),

final as (
    select
        -- ids
        values_and_consents.customer_key,
        values_and_consents.field,
        values_and_consents.customer_record_key,
        customer_records.system,
        customer_records.entity,
        customer_records.source_record_id,

        -- strings
        values_and_consents.field_value,
        values_and_consents.survived_by,

        -- numerics
        values_and_consents.telling_records,
        values_and_consents.differing_records,

        -- timestamps
        customer_records.updated_at
    from values_and_consents
    inner join customer_records
        on values_and_consents.customer_record_key
        = customer_records.customer_record_key
)

select * from final
