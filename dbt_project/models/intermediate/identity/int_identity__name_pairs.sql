with identifier_names as (
    select * from {{ ref("int_identity__identifier_names") }}
),

nicknames as (
    select * from {{ ref("nicknames") }}
),

pairs as (
    select
        this.identifier_type,
        this.identifier_value,
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
        pairs.identifier_value,
        pairs.record_key,
        pairs.other_record_key,
        pairs.given_name = '' or pairs.other_given_name = ''
            as is_given_name_missing,
        pairs.family_name = '' or pairs.other_family_name = ''
            as is_family_name_missing,
        length(pairs.given_name) <= 1 as is_weak,
        length(pairs.other_given_name) <= 1 as is_other_weak,
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

agreeing as (
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
),

-- No given name, or an initial, agrees with everybody: Ann and Peter would be
-- one through it. It belongs to the names it agrees with if they agree with
-- each other, as Bob and Robert do; else to nobody.
weak_agreements as (
    select
        identifier_type,
        identifier_value,
        case when is_weak then record_key else other_record_key end
            as weak_record_key,
        case when is_weak then other_record_key else record_key end
            as record_key
    from agreeing
    where do_names_agree and is_weak <> is_other_weak
),

contradicted_names as (
    select distinct
        this.identifier_type,
        this.identifier_value,
        this.weak_record_key
    from weak_agreements as this
    inner join weak_agreements as other
        on this.identifier_type = other.identifier_type
        and this.identifier_value = other.identifier_value
        and this.weak_record_key = other.weak_record_key
    inner join agreeing
        on this.identifier_type = agreeing.identifier_type
        and this.identifier_value = agreeing.identifier_value
        and this.record_key = agreeing.record_key
        and other.record_key = agreeing.other_record_key
    where not agreeing.do_names_agree
),

final as (
    select
        agreeing.identifier_type,
        agreeing.identifier_value,
        agreeing.record_key,
        agreeing.other_record_key,
        agreeing.is_given_name_missing,
        agreeing.is_family_name_missing,
        agreeing.is_given_name_alike,
        agreeing.is_family_name_alike,
        agreeing.is_swapped,
        agreeing.is_weak and agreeing.is_other_weak as are_both_weak,
        not agreeing.do_names_agree as do_names_contradict,
        agreeing.do_names_agree
        and not (agreeing.is_weak and agreeing.is_other_weak)
        and contradicted_names.weak_record_key is null as do_names_agree
    from agreeing
    left join contradicted_names
        on agreeing.identifier_type = contradicted_names.identifier_type
        and agreeing.identifier_value = contradicted_names.identifier_value
        and agreeing.is_weak <> agreeing.is_other_weak
        and contradicted_names.weak_record_key = case
            when agreeing.is_weak then agreeing.record_key
            else agreeing.other_record_key
        end
)

select * from final
