select *
from {{ ref("segment_summary") }}
where segment = '{{ var("unwanted_segment") }}'
