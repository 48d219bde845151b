select
    cast(n as bigint) as transaction_key,
    customer_key,
    spent * n as amount,
    cast({{ var("version") }} as integer) as version
from {{ ref("int_people") }}
cross join generate_series(1, 3) as series (n)
where person_id = cast(n as text)
