with identifier_names as (
    select * from {{ ref("int_identity__identifier_names") }}
),

nicknames as (
    select * from {{ ref("nicknames") }}
),

pairs as (
    select
        this.identifier_type,
        this.first_record_key as record_key,
        other.first_record_key as other_record_key,
        this.given_name_match as given_name,
        this.family_name_match as family_name,
        other.given_name_match as other_given_name,
        other.family_name_match as other_family_name
    from identifier_names as this
    inner join identifier_names as other
        on this.identifier_type = other.identifier_type
        and this.identifier_value = other.identifier_value
        and this.first_record_key < other.first_record_key
),

nickname_pairs as (
    select distinct
        this.name as given_name,
        other.name as other_given_name
    from nicknames as this
    inner join nicknames as other on this.full_name = other.full_name
),

compared as (
    select
        pairs.identifier_type,
        pairs.record_key,
        pairs.other_record_key,
        pairs.given_name = '' or pairs.other_given_name = ''
            as is_given_name_missing,
        pairs.family_name = '' or pairs.other_family_name = ''
            as is_family_name_missing,
        nickname_pairs.given_name is not null
        or pairs.given_name like pairs.other_given_name || '%'
        or pairs.other_given_name like pairs.given_name || '%'
        or {{ is_similar("pairs.given_name", "pairs.other_given_name") }}
            as is_given_name_alike,
        {{ is_similar("pairs.family_name", "pairs.other_family_name") }}
            as is_family_name_alike,
        {{ is_similar("pairs.given_name", "pairs.other_family_name") }}
        and {{ is_similar("pairs.family_name", "pairs.other_given_name") }}
            as is_swapped
    from pairs
    left join nickname_pairs
        on pairs.given_name = nickname_pairs.given_name
        and pairs.other_given_name = nickname_pairs.other_given_name
),

final as (
    select
        *,
        case identifier_type
            -- A mailbox is one person's unless the given names contradict it:
            -- family names change, couples share.
            when 'email'
                then is_given_name_missing or is_given_name_alike or is_swapped
            -- A phone is a household's: only a whole name tells who it is.
            else
                not is_given_name_missing
                and not is_family_name_missing
                and (
                    (is_given_name_alike and is_family_name_alike)
                    or is_swapped
                )
        end as do_names_agree
    from compared
)

select * from final
