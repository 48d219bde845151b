with phone_digits as (
    select * from {{ ref("int_contacts__phone_digits") }}
),

phone_rules as (
    select * from {{ ref("phone_rules") }}
),

with_rule as (
    select
        phone_digits.*,
        '^(?:' || rule.national_prefix || ')' as national_prefix,
        rule.national_prefix_replacement,
        '^(?:' || rule.national_number || ')$' as national_number
    from phone_digits
    left join phone_rules as home
        on phone_digits.country_code = home.country_code
        and phone_digits.calling_code = home.calling_code
    left join phone_rules as rule
        on phone_digits.calling_code = rule.calling_code
        and (
            home.country_code = rule.country_code
            or (home.country_code is null and rule.is_main_country)
        )
),

without_trunk as (
    select
        *,
        case
            when national_prefix is null then subscriber_digits
            when national_prefix_replacement is not null
                and substring(subscriber_digits from national_prefix)
                is not null
                then regexp_replace(
                    subscriber_digits,
                    national_prefix,
                    national_prefix_replacement
                )
            else regexp_replace(subscriber_digits, national_prefix, '')
        end as stripped_digits
    from with_rule
),

numbered as (
    select
        *,
        -- a prefix whose loss would spoil a good number was part of it
        case
            when subscriber_digits ~ national_number
                and stripped_digits !~ national_number
                then subscriber_digits
            else stripped_digits
        end as national_digits
    from without_trunk
),

judged as (
    select
        *,
        case
            when all_digits ~ '^(\d)\1*$'
                or national_digits ~ '^(\d)\1*$'
                or all_digits in ('1234567890', '0123456789', '9876543210')
                or (
                    calling_code = '1'
                    and national_digits ~ '^\d{3}55501\d{2}$'
                )
                then 'placeholder'
            when all_digits = '' then 'no digits'
            when national_number is null then 'unknown country'
            when national_digits !~ national_number
                then 'not a number of its country'
        end as rejection
    from numbered
),

final as (
    select
        phone_text,
        country_code as read_as_country_code,
        rejection,
        case
            when rejection is null
                then '+' || calling_code || national_digits
        end as phone
    from judged
)

select * from final
