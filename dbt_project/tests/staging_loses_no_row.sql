-- Every loaded row is in raw, and staging keeps one row per key of raw: what it
-- leaves out are older versions of rows that it has.
with manifest_totals as (
    select * from {{ ref("int_loads__manifest_totals") }}
),

raw_rows as (
    select * from {{ ref("int_loads__raw_rows") }}
),

staged_rows as (
    select * from {{ ref("int_loads__staged_rows") }}
),

final as (
    select
        raw_rows.table_name,
        raw_rows.rows_in_raw,
        raw_rows.keys_in_raw,
        staged_rows.rows_current,
        manifest_totals.rows_loaded
    from raw_rows
    left join staged_rows on raw_rows.table_name = staged_rows.table_name
    left join manifest_totals
        on raw_rows.table_name = manifest_totals.table_name
    where
        raw_rows.rows_in_raw <> coalesce(manifest_totals.rows_loaded, 0)
        or raw_rows.keys_in_raw is distinct from staged_rows.rows_current
)

select * from final
