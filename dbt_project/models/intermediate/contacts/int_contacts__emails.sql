with records as (
    select * from {{ ref("int_customer_records__unioned") }}
),

email_domain_repairs as (
    select * from {{ ref("email_domain_repairs") }}
),

email_providers as (
    select * from {{ ref("email_providers") }}
),

distinct_emails as (
    select
        email,
        split_part(email, '@', 1) as local_part,
        split_part(email, '@', 2) as domain
    from records
    where email is not null
    group by email
),

repaired as (
    select
        distinct_emails.email,
        distinct_emails.local_part,
        coalesce(email_domain_repairs.repaired_domain, distinct_emails.domain)
            as domain
    from distinct_emails
    left join email_domain_repairs
        on distinct_emails.domain = email_domain_repairs.domain
),

untagged as (
    select
        repaired.email,
        repaired.domain,
        coalesce(email_providers.canonical_domain, repaired.domain)
            as canonical_domain,
        coalesce(email_providers.ignores_dots, false) as ignores_dots,
        coalesce(
            nullif(
                split_part(
                    repaired.local_part, email_providers.tag_separator, 1
                ),
                ''
            ),
            repaired.local_part
        ) as local_part
    from repaired
    left join email_providers on repaired.domain = email_providers.domain
),

final as (
    select
        email,
        domain as email_domain,
        case
            when ignores_dots then replace(local_part, '.', '')
            else local_part
        end || '@' || canonical_domain as email_match
    from untagged
)

select * from final
