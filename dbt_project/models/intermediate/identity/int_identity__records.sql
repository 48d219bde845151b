{{ config(tags=["identity_candidates"]) }}

with record_texts as (
    select * from {{ ref("int_identity__record_texts") }}
),

nicknames as (
    select * from {{ ref("nicknames") }}
),

normalised as {{ evaluated_once() }} (
    select
        customer_record_key,
        source,
        issuer,
        {{ matching_text("given_name", 60) }} as given_name,
        {{ matching_text("family_name", 60) }} as family_name,
        {{ matching_date("birth_date") }} as birth_date,
        nullif(left(trim(email), 100), '') as email,
        nullif(
            right(regexp_replace(phone, '[^0-9]', '', 'g'), 10), ''
        ) as phone,
        {{ matching_code("postcode") }} as postcode,
        {{ matching_text("city", 60) }} as city,
        {{ matching_text("address") }} as address,
        {{ matching_code("issued_id") }} as issued_id,
        {{ matching_text("other") }} as other
    from record_texts
),

given_names as (
    select
        normalised.given_name,
        array_agg(
            distinct hashtext(
                coalesce(nicknames.full_name, normalised.given_name)
            )
        ) as nicknames
    from normalised
    left join nicknames
        on replace(normalised.given_name, ' ', '') = nicknames.name
    where normalised.given_name is not null
    group by normalised.given_name
),

addresses as (
    select
        addresses.address,
        public.uniq(public.sort(array_agg(hashtext(words.word))))
            as address_words,
        string_agg(words.word, ' ' order by words.position) filter (
            where words.word ~ '[0-9]'
        ) as address_numbers
    from (
        select distinct address
        from normalised
        where address is not null
    ) as addresses
    cross join lateral unnest(string_to_array(addresses.address, ' '))
        with ordinality as words (word, position)
    group by addresses.address
),

final as (
    select
        row_number() over (order by normalised.customer_record_key) as record_id,
        normalised.*,
        {{ name_sound("normalised.given_name") }} as given_sound,
        {{ name_sound("normalised.family_name") }} as family_sound,
        given_names.nicknames,
        split_part(normalised.email, '@', 1) as email_local,
        nullif(split_part(normalised.email, '@', 2), '') as email_domain,
        addresses.address_words,
        addresses.address_numbers
    from normalised
    left join given_names on normalised.given_name = given_names.given_name
    left join addresses on normalised.address = addresses.address
)

select * from final
