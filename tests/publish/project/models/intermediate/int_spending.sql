{{ config(materialized="ephemeral") }}
select
    person_id,
    spent / 3 as third_of_spent
from {{ ref("stg_people") }}
