"""How well records were put together: measured against a truth where there is one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from customer360 import warehouse
from customer360.settings import Settings


@dataclass(frozen=True)
class PairScores:
    """How well pairs of records said to be one person are pairs of one person.

    `precision` and `recall` are None where there is no pair to divide by.
    """

    records: int
    customers: int
    persons: int
    true_pairs: int
    linked_pairs: int
    agreed_pairs: int

    @property
    def precision(self) -> float | None:
        """Share of the linked pairs that are true."""
        return self.agreed_pairs / self.linked_pairs if self.linked_pairs else None

    @property
    def recall(self) -> float | None:
        """Share of the true pairs that are linked."""
        return self.agreed_pairs / self.true_pairs if self.true_pairs else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall."""
        both = self.true_pairs + self.linked_pairs
        return 2 * self.agreed_pairs / both if both else None


@dataclass(frozen=True)
class RecordScores:
    """How well the company that each record was put in is the one it belongs in.

    B-cubed of Bagga and Baldwin (1998), each record of one weight: precision and
    recall are averages over records, so that a large cluster counts by its records
    and not, as with pairs, by their square.
    """

    precision: Fraction
    """Share of a record's cluster that is of its person, on average."""
    recall: Fraction
    """Share of a record's person that is in its cluster, on average."""
    exact_persons: int
    """Persons of whom every record has all the company that it should, and no other."""

    @property
    def f1(self) -> Fraction:
        """Harmonic mean of precision and recall."""
        return 2 * self.precision * self.recall / (self.precision + self.recall)


class _Company:
    """The other records that a record has in a group, by its source: those of its
    own source don't count."""

    def __init__(self, groups: Sequence[Hashable], sources: Sequence[Hashable]) -> None:
        self.sizes = Counter(groups)
        self._of_source = Counter(zip(groups, sources, strict=True))

    def pairs(self) -> int:
        """Pairs of records in one group."""
        return _pairs(self.sizes.values()) - _pairs(self._of_source.values())

    def with_itself(self, group: Hashable, source: Hashable) -> int:
        """How many a record of that group and source is with its company."""
        return self.sizes[group] - self._of_source[group, source] + 1


def _pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)


def pair_scores(
    customers: Iterable[Hashable],
    persons: Iterable[Hashable],
    sources: Iterable[Hashable] | None = None,
) -> PairScores:
    """Score one clustering of records against another, by pairs.

    `customers` and `persons` name, record by record and in one order, the
    cluster a record was put in and the one it belongs in. With `sources`, only
    pairs of records from different ones count.
    """
    by_customer, by_person, by_both = _companies(customers, persons, sources)
    return PairScores(
        records=by_customer.sizes.total(),
        customers=len(by_customer.sizes),
        persons=len(by_person.sizes),
        true_pairs=by_person.pairs(),
        linked_pairs=by_customer.pairs(),
        agreed_pairs=by_both.pairs(),
    )


def record_scores(
    customers: Iterable[Hashable],
    persons: Iterable[Hashable],
    sources: Iterable[Hashable] | None = None,
) -> RecordScores:
    """Score one clustering of records against another, record by record.

    The arguments are those of `pair_scores`; there must be a record.
    """
    customers, persons = list(customers), list(persons)
    sources = range(len(persons)) if sources is None else list(sources)
    by_customer, by_person, by_both = _companies(customers, persons, sources)
    right: Counter[int] = Counter()
    found: Counter[int] = Counter()
    inexact = set()
    cells = Counter(zip(customers, persons, sources, strict=True))
    for (customer, person, source), records in cells.items():
        linked = by_customer.with_itself(customer, source)
        true = by_person.with_itself(person, source)
        agreed = by_both.with_itself((customer, person), source)
        right[linked] += records * agreed
        found[true] += records * agreed
        if not agreed == linked == true:
            inexact.add(person)
    return RecordScores(
        precision=_average(right, len(persons)),
        recall=_average(found, len(persons)),
        exact_persons=len(by_person.sizes) - len(inexact),
    )


def _companies(
    customers: Iterable[Hashable],
    persons: Iterable[Hashable],
    sources: Iterable[Hashable] | None,
) -> tuple[_Company, _Company, _Company]:
    customers, persons = list(customers), list(persons)
    # without sources every record is of one of its own
    sources = range(len(persons)) if sources is None else list(sources)
    both = list(zip(customers, persons, strict=True))
    return (
        _Company(customers, sources),
        _Company(persons, sources),
        _Company(both, sources),
    )


def _average(agreed: Mapping[int, int], records: int) -> Fraction:
    """The average of shares over records, given the sum of their numerators by
    denominator, of which there are few."""
    total = sum(Fraction(number, size) for size, number in agreed.items())
    return Fraction(total) / records


def against_truth(settings: Settings, system: str | None = None) -> PairScores | None:
    """Score the published customers against the generators' truth.

    Of all systems that the truth names, or of one system's records among
    themselves. None where there is no truth, or where it is not the truth of these
    records: every record of those systems must be in it, and the other way round.
    """
    path = settings.truth_dir / "records.csv"
    if not path.exists():
        return None
    truth = pd.read_csv(path, dtype=str)
    if system is not None:
        truth = truth[truth["system"] == system]
    with warehouse.connect(settings, "reporter") as connection:
        rows = connection.execute(
            "select system, entity, source_record_id, customer_key"
            " from published.bridge_customer_identities"
            " where system = any(%s)",
            (sorted(truth["system"].unique()),),
        ).fetchall()
    record = ["system", "entity", "record_id"]
    resolved = pd.DataFrame(rows, columns=[*record, "customer_key"])
    both = truth.merge(resolved, how="outer", on=record)
    if both.isna().any(axis=None):
        return None
    return pair_scores(both["customer_key"], both["person_id"])
