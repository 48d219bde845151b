with load_manifest as (
    select * from {{ ref("stg_ops__load_manifest") }}
),

final as (
    select
        table_name,
        count(*) as files_loaded,
        sum(rows_read) as rows_read,
        sum(rows_loaded) as rows_loaded,
        sum(rows_quarantined) as rows_quarantined
    from load_manifest
    where state = 'loaded'
    group by table_name
)

select * from final
