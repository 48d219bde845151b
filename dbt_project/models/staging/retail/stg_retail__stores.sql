with source as (
    select * from {{ source("retail", "stores") }}
),

versions as (
    select
        *,
        {{ latest_version(
            key=["trim(store_id)"],
            columns=["store_name", "location"],
        ) }} as version_rank
    from source
),

final as (
    select
        -- ids
        trim(store_id) as store_id,

        -- strings
        {{ clean_text("store_name") }} as store_name,
        {{ clean_text("location") }} as location,

        -- lineage
        _source_file,
        _row_number,
        _batch_id
    from versions
    where version_rank = 1
)

select * from final
