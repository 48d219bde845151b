{#- The staging models with a postal address in one line. -#}
{%- set models = [
    ref("stg_dealer__customers"),
    ref("stg_dynamics__contacts"),
    ref("stg_salesforce__contacts"),
    ref("stg_shop__customers"),
] -%}
{%- set postcode = [
    "[0-9]{5}-[0-9]{4}",
    "[0-9]{4} ?[A-Z]{2}(?![[:alpha:]])",
    "[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}",
    "[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]",
    "[0-9]{3} [0-9]{2}",
    "[0-9]{4,6}",
] | join("|") -%}

with addresses as (
    {{ union_all(models=models, columns=["full_address"]) }}
),

country_names as (
    select * from {{ ref("country_names") }}
),

distinct_addresses as (
    select
        full_address,
        split_part(full_address, ',', -1) as last_part
    from addresses
    where full_address is not null
    group by full_address
),

with_country as {{ evaluated_once() }} (
    select
        distinct_addresses.full_address,
        country_names.country_code,
        case
            when country_names.country_code is not null
                then left(
                    distinct_addresses.full_address,
                    -length(distinct_addresses.last_part) - 1
                )
            else distinct_addresses.full_address
        end as street_and_place
    from distinct_addresses
    left join country_names
        -- "CA 90210" is in California
        on distinct_addresses.last_part !~ '[0-9]'
        and {{ letters_only("distinct_addresses.last_part") }}
        = country_names.name_key
),

-- "12 High St, Leeds": what stands behind a comma can be a place; alone before
-- a country it is one unless it has a number, as streets do.
with_place as {{ evaluated_once() }} (
    select
        *,
        case
            when street_and_place like '%,%'
                then trim(split_part(street_and_place, ',', -1))
            when country_code is not null and street_and_place !~ '[0-9]'
                then street_and_place
        end as place
    from with_country
),

with_postcode as {{ evaluated_once() }} (
    select
        *,
        substring(place from '{{ postcode }}') as postcode,
        -- a state or province has two capitals
        nullif(
            regexp_replace(
                trim(regexp_replace(place, '{{ postcode }}', '')),
                '^[A-Z]{2}$', ''
            ),
            ''
        ) as city_before_postcode
    from with_place
),

-- More figures than a postcode has: a street. Nothing but a postcode, or a
-- state: the city stands in the part before.
judged as (
    select
        *,
        case
            when place is null or city_before_postcode ~ '[0-9]' then 0
            when city_before_postcode is not null then 1
            else 2
        end as place_parts
    from with_postcode
),

located as (
    select
        full_address,
        country_code,
        case when place_parts > 0 then postcode end as postcode,
        case place_parts
            when 1 then city_before_postcode
            when 2 then nullif(trim(split_part(street_and_place, ',', -2)), '')
        end as city,
        case place_parts
            when 0 then street_and_place
            when 1 then regexp_replace(street_and_place, '(^|,)[^,]*$', '')
            when 2
                then regexp_replace(street_and_place, ',?[^,]*,[^,]*$', '')
        end as address
    from judged
),

final as (
    select
        full_address,
        nullif(trim(address, ' ,'), '') as address,
        postcode,
        {{ humane_case("city") }} as city,
        country_code
    from located
)

select * from final
