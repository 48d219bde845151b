with record_texts as (
    select * from {{ ref("int_identity__record_texts") }}
),

-- Most ids stand in one record alone, and have nobody to link it to.
shared_ids as (
    select issued_id_match
    from record_texts
    where issued_id_match is not null
    group by issued_id_match
    having count(*) > 1
),

identifiers as (
    {%- for identifier in linking_identifiers() %}
    select
        customer_record_key,
        '{{ identifier.type }}' as identifier_type,
        {{ identifier.column }} as identifier_value,
        coalesce(given_name_match, '') as given_name_match,
        coalesce(family_name_match, '') as family_name_match,
        email_match
    from record_texts
    where {{ identifier.column }} is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

final as (
    select
        identifiers.customer_record_key,
        identifiers.identifier_type,
        identifiers.identifier_value,
        identifiers.given_name_match,
        identifiers.family_name_match,
        identifiers.email_match
    from identifiers
    left join shared_ids
        on identifiers.identifier_value = shared_ids.issued_id_match
    where
        identifiers.identifier_type <> 'issued_id'
        or shared_ids.issued_id_match is not null
)

select * from final
