select
    people.*,
    spending.third_of_spent,
    md5(people.person_id) as customer_key
from {{ ref("stg_people") }} as people
inner join {{ ref("int_spending") }} as spending
    on people.person_id = spending.person_id
