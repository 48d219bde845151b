{{ config(enabled=var("match_probabilistically")) }}

with records as (
    select * from {{ ref("int_identity__records") }}
),

sizes as (
    select cast(count(*) as double precision) as records
    from records
),

-- Shares are of all pairs there are, so that any part of the records has the
-- same; the same records are drawn every time.
final as (
    select
        records.source,
        {%- for field in matching_fields() %}
        records.{{ field }},
        {%- endfor %}
        records.customer_record_key as profile_key
    from records
    cross join sizes
    where
        ({{ key_hash("fit", ["records.customer_record_key"]) }} & 1048575)
        < 1048576 * ({{ var("fit_records") }} / sizes.records)
)

select * from final
