{#- The most trusted rule first. -#}
{%- set trust = linking_rules() -%}

with flows as (
    select * from {{ ref("int_identity__key_flows") }}
),

cluster_records as (
    select * from {{ ref("int_identity__cluster_records") }}
),

cluster_keys as (
    select * from {{ ref("int_identity__cluster_keys") }}
),

customer_keys as (
    select * from {{ ref("int_identity__customer_keys") }}
),

links as (
    select * from {{ ref("int_identity__links") }}
),

receiving_keys as (
    select distinct customer_key
    from flows
),

records as (
    select
        cluster_records.customer_record_key,
        cluster_keys.customer_key,
        customer_keys.previous_customer_key
    from cluster_records
    inner join cluster_keys on cluster_records.cluster = cluster_keys.cluster
    inner join receiving_keys
        on cluster_keys.customer_key = receiving_keys.customer_key
    left join customer_keys
        on cluster_records.home_key = customer_keys.customer_key
),

joined as (
    select
        this.customer_key,
        this.previous_customer_key,
        other.previous_customer_key as other_previous_customer_key,
        links.rule
    from links
    inner join records as this
        on links.record_key = this.customer_record_key
    inner join records as other
        on links.other_record_key = other.customer_record_key
        and this.customer_key = other.customer_key
    where
        this.previous_customer_key
        is distinct from other.previous_customer_key
),

ends as (
    select
        customer_key,
        previous_customer_key,
        rule
    from joined
    union
    select
        customer_key,
        other_previous_customer_key as previous_customer_key,
        rule
    from joined
),

ranked as (
    select
        customer_key,
        previous_customer_key,
        rule,
        row_number() over (
            partition by customer_key, previous_customer_key
            order by
                case rule
                    {%- for rule in trust %}
                    when '{{ rule }}' then {{ loop.index }}
                    {%- endfor %}
                end
        ) as trust_rank
    from ends
    where previous_customer_key <> customer_key
),

final as (
    select
        previous_customer_key,
        customer_key,
        rule
    from ranked
    where trust_rank = 1
)

select * from final
