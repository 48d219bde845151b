{{ config(tags=["identity_candidates"]) }}

with keys as (
    select * from {{ ref("int_identity__keys") }}
),

records as (
    select * from {{ ref("int_identity__records") }}
),

final as (
    select distinct
        this.record_id,
        other.record_id as other_record_id
    from keys as this
    inner join keys as other
        on this.block_key = other.block_key
        and this.record_id < other.record_id
)

select * from final
