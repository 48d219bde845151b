{{ config(materialized="connected_components", max_size=150) }}
{{- component_edges(ref("int_identity__second_scores")) }}
