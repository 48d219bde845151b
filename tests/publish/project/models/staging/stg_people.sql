select
    cast(person_id as text) as person_id,
    name,
    cast(phone as text) as phone,
    segment,
    cast(spent as numeric(12, 2)) as spent,
    cast(seen_at as timestamp) as seen_at
from {{ ref("people") }}
