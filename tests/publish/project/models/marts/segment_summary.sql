select
    segment,
    extract(year from seen_at)::integer as year,
    count(*) as customers,
    cast({{ var("version") }} as integer) as version
from {{ ref("stg_people") }}
group by segment, extract(year from seen_at)
