select segment from {{ ref("stg_people") }}
