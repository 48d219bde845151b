with known_persons as (
    select * from {{ ref("int_identity__known_persons") }}
),

identities as (
    select * from {{ ref("bridge_customer_identities") }}
),

scoped as (
    select
        'all' as scope,
        'all' as scope_value,
        identities.rule,
        identities.customer_key,
        known_persons.person_id
    from known_persons
    inner join identities
        on known_persons.customer_record_key = identities.customer_record_key
    union all
    select
        'system' as scope,
        known_persons.system as scope_value,
        identities.rule,
        identities.customer_key,
        known_persons.person_id
    from known_persons
    inner join identities
        on known_persons.customer_record_key = identities.customer_record_key
),

companies as (
    select
        *,
        cast(
            count(*) over (partition by scope, scope_value, customer_key)
            as numeric
        ) as linked_records,
        cast(
            count(*) over (partition by scope, scope_value, person_id)
            as numeric
        ) as true_records,
        cast(
            count(*) over (
                partition by scope, scope_value, customer_key, person_id
            ) as numeric
        ) as agreed_records
    from scoped
),

scopes as (
    select * from companies
    union all
    -- each record's company, counted for the rule that put it there
    select
        'rule' as scope,
        rule as scope_value,
        rule,
        customer_key,
        person_id,
        linked_records,
        true_records,
        agreed_records
    from companies
    where scope = 'all'
),

counted as (
    select
        scope,
        scope_value,
        count(*) as records,
        count(distinct customer_key) as customers,
        count(distinct person_id) as persons,
        -- every pair has two ends
        sum(linked_records - 1) / 2 as linked_pairs,
        sum(true_records - 1) / 2 as true_pairs,
        sum(agreed_records - 1) / 2 as agreed_pairs,
        avg(agreed_records / linked_records) as bcubed_precision,
        avg(agreed_records / true_records) as bcubed_recall,
        count(distinct customer_key) filter (
            where agreed_records < linked_records
        ) as over_merged_customers,
        count(distinct person_id) filter (
            where agreed_records < true_records
        ) as under_merged_persons
    from scopes
    group by scope, scope_value
),

final as (
    select
        scope,
        scope_value,
        records,
        customers,
        persons,
        over_merged_customers,
        under_merged_persons,
        cast(linked_pairs as numeric(18, 1)) as linked_pairs,
        cast(true_pairs as numeric(18, 1)) as true_pairs,
        cast(agreed_pairs as numeric(18, 1)) as agreed_pairs,
        cast(agreed_pairs / nullif(linked_pairs, 0) as numeric(9, 6))
            as pair_precision,
        cast(agreed_pairs / nullif(true_pairs, 0) as numeric(9, 6))
            as pair_recall,
        cast(
            2 * agreed_pairs / nullif(linked_pairs + true_pairs, 0)
            as numeric(9, 6)
        ) as pair_f1,
        cast(bcubed_precision as numeric(9, 6)) as bcubed_precision,
        cast(bcubed_recall as numeric(9, 6)) as bcubed_recall,
        cast(
            2 * bcubed_precision * bcubed_recall
            / (bcubed_precision + bcubed_recall) as numeric(9, 6)
        ) as bcubed_f1
    from counted
)

select * from final
