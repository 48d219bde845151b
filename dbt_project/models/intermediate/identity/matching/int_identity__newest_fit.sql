{{ config(enabled=var("match_probabilistically")) }}

with fits as (
    select * from {{ ref("stg_identity__fits") }}
),

pair_space as (
    select * from {{ ref("int_identity__pair_space") }}
),

ranked as (
    select
        fits.*,
        row_number() over (
            order by fits.fitted_at desc, fits.fit_id asc
        ) as age
    from fits
    inner join pair_space on fits.definitions = pair_space.definitions
),

final as (
    select
        fit_id,
        case when origin = 'fitted' then fit_id else 'seed' end
            as model_version
    from ranked
    where age = 1
)

select * from final
