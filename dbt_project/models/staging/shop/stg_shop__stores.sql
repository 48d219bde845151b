with source as (
    select * from {{ source("shop", "stores") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(store_id)"],
            columns=["location", "manager", "open_hours"],
        ) }} as version_rank
    from source
),

final as (
    select
        -- ids
        trim(store_id) as store_id,

        -- strings
        {{ clean_text("location") }} as location,
        {{ clean_text("manager") }} as manager,
        {{ clean_text("open_hours") }} as open_hours,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from versions
    where version_rank = 1
)

select * from final
