{{ config(tags=["identity_candidates"]) }}

with pairs as (
    select * from {{ ref("int_identity__pairs") }}
),

records as (
    select * from {{ ref("int_identity__records") }}
),

final as (
    select
        pairs.record_id,
        pairs.other_record_id,
        {{ compared() }} as vector
    from pairs
    inner join records as this on pairs.record_id = this.record_id
    inner join records as other on pairs.other_record_id = other.record_id
)

select * from final
