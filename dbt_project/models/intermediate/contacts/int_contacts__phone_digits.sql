with records as (
    select * from {{ ref("int_customer_records__unioned") }}
),

phone_rules as (
    select * from {{ ref("phone_rules") }}
),

-- Country by country: PostgreSQL keeps 32 compiled regular expressions, and
-- every country brings its own.
distinct_phones as {{ evaluated_once() }} (
    select
        coalesce(country_code, {{ default_country() }}) as country_code,
        phone_text
    from records
    where phone_text is not null
    group by 1, 2
    order by 1, 2
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

digits as {{ evaluated_once() }} (
    select
        *,
        {{ digits_only("number_text") }} as all_digits,
        number_text ~ '^[^0-9+]*[+][^0-9]*[1-9]' as has_plus
    from without_extension
),

-- No calling code begins with a nought.
with_home_rule as {{ evaluated_once() }} (
    select
        digits.*,
        phone_rules.calling_code as home_calling_code,
        phone_rules.max_length as home_max_length,
        '^(?:' || phone_rules.national_number || ')$' as home_number,
        concat(
            '^(?:' || phone_rules.national_prefix || ')?',
            '(?:' || phone_rules.national_number || ')$'
        ) as home_prefixed_number,
        case
            when digits.has_plus then digits.all_digits
            when digits.all_digits
                ~ ('^(?:' || phone_rules.international_prefix || ')[1-9]')
                then regexp_replace(
                    digits.all_digits,
                    '^(?:' || phone_rules.international_prefix || ')', ''
                )
        end as international_digits
    from digits
    left join phone_rules on digits.country_code = phone_rules.country_code
),

beginnings as (
    select left(international_digits, 3) as beginning
    from with_home_rule
    where international_digits is not null
    group by 1
),

-- For the few beginnings that there are: to look at every rule for every
-- number took most of the time.
calling_codes as (
    select
        beginnings.beginning,
        phone_rules.country_code,
        phone_rules.calling_code
    from beginnings
    inner join phone_rules
        on phone_rules.is_main_country
        and phone_rules.calling_code in (
            left(beginnings.beginning, 1),
            left(beginnings.beginning, 2),
            beginnings.beginning
        )
),

with_foreign_rule as {{ evaluated_once() }} (
    select
        with_home_rule.*,
        calling_codes.country_code as foreign_country_code,
        calling_codes.calling_code as foreign_calling_code,
        substr(
            with_home_rule.all_digits,
            length(with_home_rule.home_calling_code) + 1
        ) as digits_after_home_code
    from with_home_rule
    left join calling_codes
        on left(with_home_rule.international_digits, 3)
        = calling_codes.beginning
),

-- A number written without "+" may still begin with its own country's code: it
-- does when the whole of it cannot be a national number and the rest can.
final as (
    select
        phone_text,
        country_code,
        all_digits,
        case
            when international_digits is not null then foreign_country_code
            else country_code
        end as rule_country_code,
        case
            when international_digits is not null
                then substr(
                    international_digits, length(foreign_calling_code) + 1
                )
            when home_calling_code
                = left(all_digits, length(home_calling_code))
                and (
                    length(all_digits) > home_max_length
                    or (
                        all_digits !~ home_number
                        and digits_after_home_code ~ home_prefixed_number
                    )
                )
                then digits_after_home_code
            else all_digits
        end as subscriber_digits
    from with_foreign_rule
)

select * from final
