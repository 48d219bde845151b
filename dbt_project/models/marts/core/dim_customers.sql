with survivors as (
    select * from {{ ref("int_golden__survivors") }}
),

opt_outs as (
    select * from {{ ref("int_golden__opt_outs") }}
),

customers as (
    select * from {{ ref("int_identity__customers") }}
),

customer_records as (
    select * from {{ ref("int_customer_records") }}
),

histories as (
    select
        customers.customer_key,
        count(*) as source_records,
        count(distinct customer_records.system) as source_systems,
        min(customer_records.created_at) as first_seen_at,
        max(customer_records.updated_at) as last_updated_at
    from customers
    inner join customer_records
        on customers.customer_record_key = customer_records.customer_record_key
    group by customers.customer_key
),

golden as (
    select
        {%- for field in golden_fields() %}
        max(field_value) filter (where field = '{{ field }}') as {{ field }},
        {%- endfor %}
        customer_key
    from survivors
    group by customer_key
),

final as (
    select
        histories.customer_key,
        {%- for field in golden_fields() %}
        golden.{{ field }},
        {%- endfor %}
        nullif(concat_ws(' ', golden.given_name, golden.family_name), '')
            as full_name,
        case
            when opt_outs.customer_key is null then 'unknown'
            else 'opted_out'
        end as email_consent,
        opt_outs.opted_out_at as email_opted_out_at,
        histories.first_seen_at,
        histories.last_updated_at,
        histories.source_records,
        histories.source_systems,
        false as is_unknown
    from histories
    left join golden on histories.customer_key = golden.customer_key
    left join opt_outs on histories.customer_key = opt_outs.customer_key
    union all
    -- the customer of every sale whose buyer nobody knows
    select
        {{ unknown_customer_key() }} as customer_key,
        {%- for field in golden_fields() %}
        null as {{ field }},
        {%- endfor %}
        null as full_name,
        'unknown' as email_consent,
        null as email_opted_out_at,
        null as first_seen_at,
        null as last_updated_at,
        0 as source_records,
        0 as source_systems,
        true as is_unknown
)

select * from final
