with load_manifest as (
    select * from {{ ref("stg_ops__load_manifest") }}
),

final as (
    select
        table_name,
        count(*) as files_loaded,
        cast(sum(rows_read) as bigint) as rows_read,
        cast(sum(rows_loaded) as bigint) as rows_loaded,
        cast(sum(rows_quarantined) as bigint) as rows_quarantined
    from load_manifest
    where state = 'loaded'
    group by table_name
)

select * from final
