{{ config(enabled=var("match_probabilistically")) }}

-- What customer360 fits the weights to, just before this model is built: into
-- the tables behind stg_identity__fits and stg_identity__parameters.
-- depends_on: {{ ref("int_identity__vectors") }}
-- depends_on: {{ ref("int_identity__comparison_levels") }}
-- depends_on: {{ ref("int_identity__pair_classes") }}

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
