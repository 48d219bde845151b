with final as (
    {{ comparison_levels() }}
)

select * from final
