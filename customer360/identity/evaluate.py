"""Pairwise precision, recall and F1 of the resolved customers against a truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

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


def _pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)


def pair_scores(customers: Iterable[str], persons: Iterable[str]) -> PairScores:
    """Score one clustering of records against another.

    `customers` and `persons` name, record by record and in one order, the
    cluster a record was put in and the one it belongs in.
    """
    both = list(zip(customers, persons, strict=True))
    by_customer = Counter(customer for customer, _ in both)
    by_person = Counter(person for _, person in both)
    return PairScores(
        records=len(both),
        customers=len(by_customer),
        persons=len(by_person),
        true_pairs=_pairs(by_person.values()),
        linked_pairs=_pairs(by_customer.values()),
        agreed_pairs=_pairs(Counter(both).values()),
    )


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
