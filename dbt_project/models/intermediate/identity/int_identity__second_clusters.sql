{{ config(materialized="average_linkage") }}
{{- linked_profiles(
    ref("int_identity__second_profiles"),
    ref("int_identity__second_member_scores"),
) }}
