with final as (
    {{ weigh_vectors(
        ref("int_identity__vectors"), ref("int_identity__parameters")
    ) }}
)

select * from final
