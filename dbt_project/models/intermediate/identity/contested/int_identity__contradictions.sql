with record_texts as (
    select * from {{ ref("int_identity__record_texts") }}
),

components as (
    select * from {{ ref("int_identity__linked_components") }}
),

override_pairs as (
    select * from {{ ref("int_identity__override_pairs") }}
),

forbidden as (
    select
        components.component,
        override_pairs.record_key,
        override_pairs.other_record_key,
        'override' as reason
    from override_pairs
    inner join components on override_pairs.record_key = components.node
    inner join components as other
        on override_pairs.other_record_key = other.node
        and components.component = other.component
    where override_pairs.kind = 'never'
),

-- No others can contradict each other.
told as (
    select
        customer_record_key,
        issuer,
        issued_id_match,
        {{ matching_date("birth_date") }} as birth_date
    from record_texts
    where
        birth_date is not null
        {%- for issuer in var("one_id_issuers") %}
        or issuer = '{{ issuer }}'
        {%- endfor %}
),

records as (
    select
        components.component,
        told.customer_record_key,
        told.issuer,
        told.issued_id_match,
        told.birth_date
    from told
    inner join components on told.customer_record_key = components.node
),

birth_dates as (
    select
        this.component,
        this.customer_record_key as record_key,
        other.customer_record_key as other_record_key,
        'birth_date' as reason
    from records as this
    inner join records as other
        on this.component = other.component
        and this.customer_record_key < other.customer_record_key
        and this.birth_date <> other.birth_date
    -- a mistyped date agrees in part
    where
        {{ agreeing_date_parts() }} = 0
        and {{ edits("birth_date") }} > 3
),

issued_ids as (
    select
        this.component,
        this.customer_record_key as record_key,
        other.customer_record_key as other_record_key,
        'issued_id' as reason
    from records as this
    inner join records as other
        on this.component = other.component
        and this.customer_record_key < other.customer_record_key
        and this.issuer = other.issuer
        and this.issued_id_match <> other.issued_id_match
    where
        false
        {%- for issuer in var("one_id_issuers") %}
        or this.issuer = '{{ issuer }}'
        {%- endfor %}
),

contradictions as (
    select * from forbidden
    union all
    select * from birth_dates
    union all
    select * from issued_ids
),

final as (
    select
        record_key,
        other_record_key,
        min(component) as component,
        bool_or(reason = 'override') as is_forbidden,
        string_agg(distinct reason, ', ' order by reason) as reasons
    from contradictions
    group by record_key, other_record_key
)

select * from final
