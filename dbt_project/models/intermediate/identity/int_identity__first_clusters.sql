{{ config(materialized="average_linkage") }}
{{- linked_profiles(
    ref("int_identity__profiles"), ref("int_identity__member_scores")
) }}
