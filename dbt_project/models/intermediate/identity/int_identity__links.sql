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

override_pairs as (
    select * from {{ ref("int_identity__override_pairs") }}
),

first_of_id as (
    select
        identifiers.identifier_value,
        min(identifiers.customer_record_key) as record_key
    from identifiers
    inner join identifier_values
        on identifiers.identifier_type = identifier_values.identifier_type
        and identifiers.identifier_value = identifier_values.identifier_value
    where
        identifiers.identifier_type = 'issued_id'
        and identifier_values.rejection is null
    group by identifiers.identifier_value
),

same_id as (
    select
        first_of_id.record_key,
        identifiers.customer_record_key as other_record_key,
        identifiers.identifier_type as rule
    from identifiers
    inner join first_of_id
        on identifiers.identifier_type = 'issued_id'
        and identifiers.identifier_value = first_of_id.identifier_value
    where first_of_id.record_key <> identifiers.customer_record_key
),

-- Records of one name beside one identifier hang on the first of them: a star
-- keeps the number of links linear where pairs would be quadratic. Without any
-- name there is nothing that agrees, so a phone then links nobody.
same_name as (
    select
        identifier_names.first_record_key as record_key,
        identifiers.customer_record_key as other_record_key,
        identifiers.identifier_type as rule
    from identifiers
    inner join identifier_names
        on identifiers.identifier_type = identifier_names.identifier_type
        and identifiers.identifier_value = identifier_names.identifier_value
        and identifiers.given_name_match = identifier_names.given_name_match
        and identifiers.family_name_match = identifier_names.family_name_match
    where
        identifier_names.first_record_key <> identifiers.customer_record_key
        and (
            identifiers.identifier_type = 'email'
            or (
                identifiers.given_name_match <> ''
                and identifiers.family_name_match <> ''
            )
        )
),

like_names as (
    select
        record_key,
        other_record_key,
        identifier_type as rule
    from name_pairs
    where do_names_agree
),

overrides as (
    select
        record_key,
        other_record_key,
        'override' as rule
    from override_pairs
    where kind = 'always'
),

links as (
    select * from same_id
    union all
    select * from same_name
    union all
    select * from like_names
    union all
    select * from overrides
),

final as (
    select distinct
        record_key,
        other_record_key,
        rule
    from links
)

select * from final
