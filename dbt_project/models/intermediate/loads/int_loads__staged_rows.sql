with final as (
    {%- for name in staged_tables() %}
    select
        '{{ name | replace("__", "_") }}' as table_name,
        '{{ name.split("__") | first }}' as system,
        count(*) as rows_current
    from {{ ref("stg_" ~ name) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from final
