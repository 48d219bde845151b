"""Scores of a clustering, against what a definition says pair by pair."""

from __future__ import annotations

import itertools
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from customer360.identity.evaluate import pair_scores, record_scores

LABELS = st.integers(0, 4)
RECORDS = st.lists(st.tuples(LABELS, LABELS, st.integers(0, 2)), min_size=1)
"""Customer, person and source of each record."""


def brute_force(
    records: list[tuple[int, int, int]], *, across_sources: bool
) -> tuple[list[int], Fraction, Fraction, int]:
    """True, linked and agreed pairs; B-cubed precision and recall; exact persons."""

    def counts(a: int, b: int) -> bool:
        return a != b and (not across_sources or records[a][2] != records[b][2])

    numbers = range(len(records))
    pairs = [p for p in itertools.combinations(numbers, 2) if counts(*p)]
    true = {(a, b) for a, b in pairs if records[a][1] == records[b][1]}
    linked = {(a, b) for a, b in pairs if records[a][0] == records[b][0]}

    precision = recall = Fraction()
    exact = {person for _, person, _ in records}
    for a, (customer, person, _) in enumerate(records):
        company = {a} | {
            b for b in numbers if counts(a, b) and records[b][0] == customer
        }
        family = {a} | {b for b in numbers if counts(a, b) and records[b][1] == person}
        precision += Fraction(len(company & family), len(company))
        recall += Fraction(len(company & family), len(family))
        if company != family:
            exact.discard(person)
    return (
        [len(true), len(linked), len(true & linked)],
        precision / len(records),
        recall / len(records),
        len(exact),
    )


@given(RECORDS, st.booleans())
def test_as_defined(records: list[tuple[int, int, int]], across_sources: bool) -> None:
    customers, persons, sources = zip(*records, strict=True)
    given_sources = sources if across_sources else None
    pairs = pair_scores(customers, persons, given_sources)
    found = record_scores(customers, persons, given_sources)
    counts, precision, recall, exact = brute_force(
        records, across_sources=across_sources
    )
    assert [pairs.true_pairs, pairs.linked_pairs, pairs.agreed_pairs] == counts
    assert (pairs.records, pairs.customers, pairs.persons) == (
        len(records),
        len(set(customers)),
        len(set(persons)),
    )
    assert (found.precision, found.recall) == (precision, recall)
    assert found.exact_persons == exact


def test_the_example_of_bagga_and_baldwin() -> None:
    """Of their paper: a second mistake costs more where it joins larger clusters."""
    persons = [1] * 5 + [2] * 2 + [3] * 5
    small = [1] * 5 + [2] * 7
    large = [1] * 5 + [2] * 2 + [1] * 5
    assert record_scores(small, persons).precision == Fraction(16, 21)
    assert record_scores(large, persons).precision == Fraction(7, 12)
    for customers in (small, large):
        assert record_scores(customers, persons).recall == 1
        assert pair_scores(customers, persons).recall == 1
    assert record_scores(small, persons).exact_persons == 1
    assert record_scores(large, persons).exact_persons == 1


def test_nothing_to_divide_by() -> None:
    alone = pair_scores([1, 2], [1, 2])
    assert (alone.precision, alone.recall, alone.f1) == (None, None, None)
    assert record_scores([1, 2], [1, 2]).f1 == 1
    apart = pair_scores([1, 2], [1, 1])
    assert (apart.precision, apart.recall, apart.f1) == (None, 0, 0)


def test_one_huge_cluster_takes_no_list_of_pairs() -> None:
    """One cluster of a hundred thousand records has five billion."""
    records = 200_000
    customers = [0 if k < records // 2 else k for k in range(records)]
    persons = [k // 2 for k in range(records)]
    pairs = pair_scores(customers, persons)
    assert pairs.linked_pairs == 100_000 * 99_999 // 2
    assert pairs.agreed_pairs == 50_000
    assert record_scores(customers, persons).precision == (
        Fraction(2, records) + Fraction(1, 2)
    )
