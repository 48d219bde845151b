select
    customer_key,
    name,
    phone,
    spent,
    third_of_spent,
    cast(spent / 7 as double precision) as score,
    spent > 100 as is_active,
    seen_at as last_seen_at,
    cast(seen_at as date) as last_seen_on,
    cast('2026-06-30' as date) as as_of_date,
    cast({{ var("version") }} as integer) as version
from {{ ref("int_people") }}
