{%- if var("match_probabilistically") %}
with undecided_pairs as (
    select * from {{ ref("int_identity__undecided_pairs") }}
),
{%- else %}
with undecided_pairs as (
    select
        cast(null as text) as record_key,
        cast(null as text) as other_record_key,
        cast(null as bigint) as pairs,
        cast(null as double precision) as mean_weight
    where false
),
{%- endif %}

customers as (
    select * from {{ ref("int_identity__customers") }}
),

final as (
    select
        {{ dbt_utils.generate_surrogate_key([
            "undecided_pairs.record_key",
            "undecided_pairs.other_record_key",
        ]) }} as review_key,
        this.customer_key,
        other.customer_key as other_customer_key,
        undecided_pairs.record_key as customer_record_key,
        undecided_pairs.other_record_key as other_customer_record_key,
        cast(undecided_pairs.mean_weight as numeric(8, 4)) as mean_weight,
        cast(
            1 / (1 + exp(-undecided_pairs.mean_weight)) as numeric(5, 4)
        ) as model_probability,
        undecided_pairs.pairs as compared_pairs
    from undecided_pairs
    inner join customers as this
        on undecided_pairs.record_key = this.customer_record_key
    inner join customers as other
        on undecided_pairs.other_record_key = other.customer_record_key
    where this.customer_key <> other.customer_key
)

select * from final
