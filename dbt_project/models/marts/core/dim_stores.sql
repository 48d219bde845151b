with stores as (
    select * from {{ ref("int_stores") }}
),

final as (
    select
        store_key,
        system,
        store_id,
        store_name,
        location,
        manager,
        open_hours,
        is_listed
    from stores
)

select * from final
