select int_private.segment
from {{ ref("int_private") }}
left join {{ ref("segment_summary") }}
    on int_private.segment = segment_summary.segment
where segment_summary.segment is null
