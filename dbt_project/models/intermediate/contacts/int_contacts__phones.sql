with phone_digits as (
    select * from {{ ref("int_contacts__phone_digits") }}
),

phone_rules as (
    select * from {{ ref("phone_rules") }}
),

-- Country by country, for the sake of the compiled regular expressions.
with_rule as {{ evaluated_once() }} (
    select
        phone_digits.phone_text,
        phone_digits.country_code,
        phone_digits.all_digits,
        phone_digits.subscriber_digits,
        rule.calling_code,
        rule.national_prefix_replacement,
        rule.possible_lengths,
        rule.max_length,
        '^(?:' || rule.national_prefix || ')' as national_prefix,
        '^(?:' || rule.national_number || ')$' as national_number,
        '^(?:' || calling_code_rule.valid_number || ')$' as valid_number
    from phone_digits
    left join phone_rules as rule
        on phone_digits.rule_country_code = rule.country_code
    left join phone_rules as calling_code_rule
        on rule.calling_code = calling_code_rule.calling_code
        and calling_code_rule.is_main_country
    order by phone_digits.rule_country_code, phone_digits.subscriber_digits
),

without_prefix as {{ evaluated_once() }} (
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

numbered as {{ evaluated_once() }} (
    select
        *,
        -- a prefix whose loss would spoil a good number was part of it
        case
            when subscriber_digits ~ national_number
                and stripped_digits !~ national_number
                then subscriber_digits
            when length(stripped_digits) <= max_length
                and strpos(
                    possible_lengths, '|' || length(stripped_digits) || '|'
                ) = 0
                then subscriber_digits
            else stripped_digits
        end as national_digits
    from without_prefix
),

judged as (
    select
        *,
        case
            when all_digits ~ '^([0-9])\1*$'
                or national_digits ~ '^([0-9])\1*$'
                or all_digits in ('1234567890', '0123456789', '9876543210')
                or (
                    calling_code = '1'
                    and national_digits ~ '^[0-9]{3}55501[0-9]{2}$'
                )
                then 'placeholder'
            when all_digits = '' then 'no digits'
            when valid_number is null then 'unknown country'
            when national_digits !~ valid_number
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
