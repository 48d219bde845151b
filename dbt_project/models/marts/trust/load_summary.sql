with staged_rows as (
    select * from {{ ref("int_loads__staged_rows") }}
),

manifest_totals as (
    select * from {{ ref("int_loads__manifest_totals") }}
),

final as (
    select
        staged_rows.table_name,
        staged_rows.system,
        coalesce(manifest_totals.files_loaded, 0) as files_loaded,
        coalesce(manifest_totals.rows_read, 0) as rows_read,
        coalesce(manifest_totals.rows_quarantined, 0) as rows_quarantined,
        coalesce(manifest_totals.rows_loaded, 0) as rows_loaded,
        coalesce(manifest_totals.rows_loaded, 0) - staged_rows.rows_current
            as rows_superseded,
        staged_rows.rows_current
    from staged_rows
    left join manifest_totals
        on staged_rows.table_name = manifest_totals.table_name
)

select * from final
