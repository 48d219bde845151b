with identifiers as (
    select * from {{ ref("int_identity__identifiers") }}
),

identifier_values as (
    select * from {{ ref("int_identity__identifier_values") }}
),

identifier_names as (
    select * from {{ ref("int_identity__identifier_names") }}
),

name_pairs as (
    select * from {{ ref("int_identity__name_pairs") }}
),

rejected_values as (
    select
        identifier_type,
        identifier_value,
        guard,
        rejection as reason
    from identifier_values
    where rejection is not null
),

rejected_pairs as (
    select
        *,
        case
            when
                do_names_contradict
                and identifier_type <> 'email'
                and (is_given_name_missing or is_family_name_missing)
                then 'missing_name'
            when do_names_contradict then 'contradicting_names'
            when are_both_weak then 'weak_names'
            else 'ambiguous_name'
        end as guard
    from name_pairs
    where not do_names_agree
),

rejected_names as (
    select
        identifier_type,
        identifier_value,
        record_key as first_record_key,
        guard
    from rejected_pairs
    union
    select
        identifier_type,
        identifier_value,
        other_record_key as first_record_key,
        guard
    from rejected_pairs
    union
    -- of one and the same name, so that they are no pair of names
    select
        identifier_names.identifier_type,
        identifier_names.identifier_value,
        identifier_names.first_record_key,
        'missing_name' as guard
    from identifier_names
    inner join identifier_values
        on identifier_names.identifier_type = identifier_values.identifier_type
        and identifier_names.identifier_value
        = identifier_values.identifier_value
    where
        identifier_names.identifier_type <> 'email'
        and identifier_values.customer_records > 1
        and (
            identifier_names.given_name_match = ''
            or identifier_names.family_name_match = ''
        )
),

final as (
    select
        identifiers.customer_record_key,
        rejected_values.identifier_type,
        rejected_values.identifier_value,
        rejected_values.guard,
        rejected_values.reason
    from identifiers
    inner join rejected_values
        on identifiers.identifier_type = rejected_values.identifier_type
        and identifiers.identifier_value = rejected_values.identifier_value
    union all
    select
        identifiers.customer_record_key,
        identifiers.identifier_type,
        identifiers.identifier_value,
        rejected_names.guard,
        case rejected_names.guard
            when 'missing_name'
                then 'a phone links whole names only, and one is missing'
            when 'contradicting_names' then 'the names contradict each other'
            when 'weak_names'
                then 'none has more than an initial of a given name'
            else 'an initial or no given name, which agrees with several'
        end as reason
    from rejected_names
    inner join identifier_names
        on rejected_names.identifier_type = identifier_names.identifier_type
        and rejected_names.identifier_value = identifier_names.identifier_value
        and rejected_names.first_record_key = identifier_names.first_record_key
    inner join identifiers
        on identifier_names.identifier_type = identifiers.identifier_type
        and identifier_names.identifier_value = identifiers.identifier_value
        and identifier_names.given_name_match = identifiers.given_name_match
        and identifier_names.family_name_match = identifiers.family_name_match
)

select * from final
