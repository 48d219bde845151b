with source as (
    select * from {{ source("ops", "load_manifest") }}
),

final as (
    select
        -- ids
        file_id,
        batch_id,

        -- strings
        source_file,
        table_name,
        state,
        sha256,

        -- numerics
        size_bytes,
        rows_read,
        rows_loaded,
        rows_quarantined,

        -- timestamps
        started_at,
        finished_at
    from source
)

select * from final
