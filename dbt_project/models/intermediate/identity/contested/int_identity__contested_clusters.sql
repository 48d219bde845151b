{{ config(materialized="average_linkage") }}

with contradictions as (
    select * from {{ ref("int_identity__contradictions") }}
),

contested_links as (
    select * from {{ ref("int_identity__contested_links") }}
),

records as (
    select
        customer_record_key as node,
        component
    from {{ ref("int_identity__contested_records") }}
),

strengths as (
    select
        record_key,
        other_record_key,
        sum({{ link_strength() }}) as strength,
        bool_or(rule = 'override') as is_must_link
    from contested_links
    group by record_key, other_record_key
),

final as (
    select
        this.node,
        other.node as other_node,
        cast(
            case
                when contradictions.is_forbidden then {{ forbidding_weight() }}
                else
                    1000000 * coalesce(strengths.strength, 0)
                    -- one that speaks against is more than all that links can
                    - case
                        when contradictions.record_key is not null
                            then 100000000
                        else 0
                    end
                    -- what nothing links is in no hurry to be one
                    - 1
            end as bigint
        ) as weight,
        coalesce(strengths.is_must_link, false) as is_must_link
    from records as this
    inner join records as other
        on this.component = other.component and this.node < other.node
    left join strengths
        on this.node = strengths.record_key
        and other.node = strengths.other_record_key
    left join contradictions
        on this.node = contradictions.record_key
        and other.node = contradictions.other_record_key
)

select * from final
