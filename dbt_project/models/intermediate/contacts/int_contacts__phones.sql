with phone_digits as (
    select * from {{ ref("int_contacts__phone_digits") }}
),

phone_rules as (
    select * from {{ ref("phone_rules") }}
),

-- Once for each country, not for each number: the patterns are long.
rules as {{ evaluated_once() }} (
    select
        rule.country_code,
        rule.calling_code,
        rule.national_prefix_replacement,
        rule.possible_lengths,
        rule.max_length,
        '^(?:' || rule.national_prefix || ')' as national_prefix,
        '^(?:' || rule.national_number || ')$' as national_number,
        '^(?:' || calling_code_rule.valid_number || ')$' as valid_number
    from phone_rules as rule
    left join phone_rules as calling_code_rule
        on rule.calling_code = calling_code_rule.calling_code
        and calling_code_rule.is_main_country
),

-- Country by country, for the sake of the compiled regular expressions.
ordered as {{ evaluated_once() }} (
    select
        phone_text,
        country_code,
        all_digits,
        rule_country_code,
        subscriber_digits
    from phone_digits
    order by rule_country_code, subscriber_digits
),

without_prefix as {{ evaluated_once() }} (
    select
        ordered.*,
        case
            when rules.national_prefix is null then ordered.subscriber_digits
            when rules.national_prefix_replacement is not null
                and substring(ordered.subscriber_digits, rules.national_prefix)
                is not null
                then regexp_replace(
                    ordered.subscriber_digits,
                    rules.national_prefix,
                    rules.national_prefix_replacement
                )
            else
                regexp_replace(
                    ordered.subscriber_digits, rules.national_prefix, ''
                )
        end as stripped_digits
    from ordered
    left join rules on ordered.rule_country_code = rules.country_code
),

numbered as {{ evaluated_once() }} (
    select
        without_prefix.*,
        -- a prefix whose loss would spoil a good number was part of it
        case
            when without_prefix.subscriber_digits ~ rules.national_number
                and without_prefix.stripped_digits !~ rules.national_number
                then without_prefix.subscriber_digits
            when length(without_prefix.stripped_digits) <= rules.max_length
                and strpos(
                    rules.possible_lengths,
                    '|' || length(without_prefix.stripped_digits) || '|'
                ) = 0
                then without_prefix.subscriber_digits
            else without_prefix.stripped_digits
        end as national_digits
    from without_prefix
    left join rules on without_prefix.rule_country_code = rules.country_code
),

judged as (
    select
        numbered.phone_text,
        numbered.country_code,
        numbered.national_digits,
        rules.calling_code,
        case
            when numbered.all_digits ~ '^([0-9])\1*$'
                or numbered.national_digits ~ '^([0-9])\1*$'
                or numbered.all_digits in (
                    '1234567890', '0123456789', '9876543210'
                )
                or (
                    rules.calling_code = '1'
                    and numbered.national_digits ~ '^[0-9]{3}55501[0-9]{2}$'
                )
                then 'placeholder'
            when numbered.all_digits = '' then 'no digits'
            when rules.valid_number is null then 'unknown country'
            when numbered.national_digits !~ rules.valid_number
                then 'not a number of its country'
        end as rejection
    from numbered
    left join rules on numbered.rule_country_code = rules.country_code
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
