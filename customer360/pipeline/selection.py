"""What a run of dbt selects."""

COMPARED = (
    "+int_identity__vectors",
    "+int_identity__pair_space",
    "+int_identity__comparison_levels",
    "+int_identity__pair_classes",
)
"""What match weights are fitted to, and all that it is made from."""
