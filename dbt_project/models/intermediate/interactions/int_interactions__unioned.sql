with interactions as (
    {{ union_all(
        models=[
            ref("int_interactions__digital"),
            ref("int_interactions__marketing"),
        ],
        columns=[
            "system", "entity", "customer_system", "customer_entity",
            "source_interaction_id", "source_customer_id", "email",
            "interaction_type", "channel", "campaign", "page_views",
            "source_rows", "occurred_at",
        ],
    ) }}
),

-- What the e-mail tool and Google Analytics saw themselves; the log of
-- interactions may hold it once more.
seen_first_hand as (
    select
        email,
        interaction_type,
        occurred_at
    from interactions
    where
        entity <> 'interactions'
        and email is not null
        and occurred_at is not null
    group by email, interaction_type, occurred_at
),

final as (
    select
        {{ dbt_utils.generate_surrogate_key(
            [
                "interactions.system", "interactions.entity",
                "interactions.source_interaction_id",
            ]
        ) }} as interaction_key,
        {{ key_or_null([
            "interactions.customer_system",
            "interactions.customer_entity",
            "interactions.source_customer_id",
        ]) }} as customer_record_key,
        interactions.*,
        seen_first_hand.email is not null as is_told_again
    from interactions
    left join seen_first_hand
        on interactions.entity = 'interactions'
        and interactions.email = seen_first_hand.email
        and interactions.interaction_type = seen_first_hand.interaction_type
        and interactions.occurred_at = seen_first_hand.occurred_at
)

select * from final
