with measured as (
    {%- for name in staged_tables() %}
    {{ measure_staged_table(name) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

final as (
    select
        table_name,
        system,
        entity,
        feeds,
        rows_current,
        values_given,
        values_unreadable,
        cast(amounts_stated as bigint) as amounts_stated,
        cast(amount_stated as numeric) as amount_stated,
        cast(amount_unreadable as numeric) as amount_unreadable,
        cast(amount_read as numeric) as amount_read,
        cast(amount_moved as numeric) as amount_moved
    from measured
)

select * from final
