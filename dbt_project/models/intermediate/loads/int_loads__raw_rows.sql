with final as (
    {%- for name in staged_tables() %}
    {{ count_raw_rows(*name.split("__")) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from final
