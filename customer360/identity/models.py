"""Names of the dbt models that the weights are fitted to."""

COMPARED = (
    "+int_identity__vectors",
    "+int_identity__pair_space",
    "+int_identity__comparison_levels",
    "+int_identity__pair_classes",
)
"""dbt's selection of what a fit reads and all that is made from."""
