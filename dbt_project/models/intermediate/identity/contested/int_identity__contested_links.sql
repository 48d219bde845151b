with records as (
    select * from {{ ref("int_identity__contested_records") }}
),

identifiers as (
    select * from {{ ref("int_identity__identifiers") }}
),

identifier_values as (
    select * from {{ ref("int_identity__identifier_values") }}
),

links as (
    select * from {{ ref("int_identity__links") }}
),

held as (
    select
        records.component,
        identifiers.*
    from records
    inner join identifiers
        on records.customer_record_key = identifiers.customer_record_key
    inner join identifier_values
        on identifiers.identifier_type = identifier_values.identifier_type
        and identifiers.identifier_value = identifier_values.identifier_value
    where identifier_values.rejection is null
),

-- Links hang all records on the first that shares the identifier; whose side a
-- record is on is told by each that does.
shared as (
    select
        this.customer_record_key as record_key,
        other.customer_record_key as other_record_key,
        this.identifier_type as rule
    from held as this
    inner join held as other
        on this.component = other.component
        and this.identifier_type = other.identifier_type
        and this.identifier_value = other.identifier_value
        and this.customer_record_key < other.customer_record_key
    where
        this.identifier_type = 'issued_id'
        or (
            this.given_name_match = other.given_name_match
            and this.family_name_match = other.family_name_match
            and (
                this.identifier_type = 'email'
                or (
                    this.given_name_match <> ''
                    and this.family_name_match <> ''
                )
            )
        )
),

linked as (
    select
        links.record_key,
        links.other_record_key,
        links.rule
    from links
    inner join records as this
        on links.record_key = this.customer_record_key
    inner join records as other
        on links.other_record_key = other.customer_record_key
        and this.component = other.component
),

final as (
    select * from shared
    union
    select * from linked
)

select * from final
