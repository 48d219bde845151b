with record_texts as (
    select * from {{ ref("int_identity__record_texts") }}
),

{%- if var("identity_schema") %}

-- an evaluation's records are not those that somebody has decided about
overrides as (
    select
        cast(null as integer) as override_id,
        customer_record_key as record_key,
        customer_record_key as other_record_key,
        cast(null as text) as kind
    from record_texts
    where false
),
{%- else %}

overrides as (
    select
        override_id,
        record_key,
        other_record_key,
        kind
    from {{ ref("stg_identity__overrides") }}
    where not is_undone
),
{%- endif %}

final as (
    select
        least(overrides.record_key, overrides.other_record_key) as record_key,
        greatest(overrides.record_key, overrides.other_record_key)
            as other_record_key,
        -- whoever gets past the command that takes them gets the safe one
        max(overrides.kind) as kind,
        min(overrides.override_id) as override_id
    from overrides
    inner join record_texts as this
        on overrides.record_key = this.customer_record_key
    inner join record_texts as other
        on overrides.other_record_key = other.customer_record_key
    where overrides.record_key <> overrides.other_record_key
    group by 1, 2
)

select * from final
