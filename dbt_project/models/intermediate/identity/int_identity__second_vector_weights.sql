{{ weigh_vectors(
    ref("int_identity__second_comparisons"),
    ref("int_identity__second_parameters"),
) }}
