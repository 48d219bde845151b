with records as (
    select * from {{ ref("int_customer_records__unioned") }}
),

phone_rules as (
    select * from {{ ref("phone_rules") }}
),

distinct_phones as (
    select
        phone_text,
        coalesce(country_code, '{{ var("default_country") }}')
            as country_code
    from records
    where phone_text is not null
    group by 1, 2
),

without_extension as (
    select
        *,
        regexp_replace(
            phone_text,
            '[,; ]*(;ext=|extension|ext|x|#|durchwahl|poste)[.: ]*\d{1,7} *$',
            '', 'i'
        ) as number_text
    from distinct_phones
),

digits as (
    select
        *,
        {{ digits_only("number_text") }} as all_digits,
        -- "+44 (0)20 …": the bracketed trunk digit is not dialled from abroad
        {{ digits_only("replace(number_text, '(0)', '')") }} as dialled_digits,
        number_text ~ '^[ (]*\+' as has_plus
    from without_extension
),

with_home_rule as (
    select
        digits.*,
        phone_rules.calling_code as home_calling_code,
        phone_rules.national_number as home_national_number,
        phone_rules.max_length as home_max_length,
        case
            when digits.has_plus then digits.dialled_digits
            when digits.all_digits
                ~ ('^(?:' || phone_rules.international_prefix || ')')
                then regexp_replace(
                    digits.dialled_digits,
                    '^(?:' || phone_rules.international_prefix || ')', ''
                )
        end as international_digits
    from digits
    left join phone_rules on digits.country_code = phone_rules.country_code
),

with_calling_code as (
    select
        with_home_rule.*,
        coalesce(one.calling_code, two.calling_code, three.calling_code)
            as foreign_calling_code
    from with_home_rule
    left join phone_rules as one
        on left(with_home_rule.international_digits, 1) = one.calling_code
        and one.is_main_country
    left join phone_rules as two
        on left(with_home_rule.international_digits, 2) = two.calling_code
        and two.is_main_country
    left join phone_rules as three
        on left(with_home_rule.international_digits, 3) = three.calling_code
        and three.is_main_country
),

-- A number written without "+" may still begin with its own country's code:
-- it does when the whole of it cannot be a national number and the rest can.
final as (
    select
        phone_text,
        country_code,
        all_digits,
        case
            when international_digits is not null then foreign_calling_code
            else home_calling_code
        end as calling_code,
        case
            when international_digits is not null
                then substr(
                    international_digits, length(foreign_calling_code) + 1
                )
            when all_digits !~ ('^(?:' || home_national_number || ')$')
                and left(all_digits, length(home_calling_code))
                = home_calling_code
                and (
                    substr(all_digits, length(home_calling_code) + 1)
                    ~ ('^(?:' || home_national_number || ')$')
                    or length(all_digits) > home_max_length + 1
                )
                then substr(all_digits, length(home_calling_code) + 1)
            else all_digits
        end as subscriber_digits
    from with_calling_code
)

select * from final
