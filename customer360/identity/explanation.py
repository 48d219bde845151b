"""An explanation of why records are one customer, or why two are not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from customer360.identity.evidence import Pair, Row
from customer360.identity.linkage import Step
from customer360.identity.weighing import Weighed

VALUE_OF_RULE = {
    "issued_id": "issued_id_match",
    "email": "email_match",
    "phone": "phone",
}
"""Where a record has what a rule links by."""


class Linkage(NamedTuple):
    """What average linkage goes by."""

    certain: float
    """A weight beyond this, for or against, counts as this."""
    threshold: float
    """The mean weight from which clusters are one person's."""


@dataclass(frozen=True)
class Link:
    """Two records that an identifier links, or that were linked by hand."""

    records: tuple[str, str]
    rule: str
    value: str | None
    """What they share; None where the rule is no identifier's, or where it was
    another record's when it was linked."""


@dataclass(frozen=True)
class WeighedPair:
    """A pair of profiles, with what its weight is made of."""

    profiles: Pair
    weight: float
    """As the models have computed it."""
    parts: Weighed


@dataclass(frozen=True)
class Match:
    """A cluster of profiles that one pass of the matching has put together."""

    number: int
    """1: what identifiers link, with other such; 2: what came of that, once more."""
    profiles: Mapping[int, tuple[str, ...]]
    """The records of each profile."""
    steps: tuple[Step, ...]
    pairs: tuple[WeighedPair, ...]

    @property
    def mean(self) -> float:
        """Mean weight of all pairs."""
        return sum(pair.weight for pair in self.pairs) / len(self.pairs)


@dataclass(frozen=True)
class Parted:
    """Why two records are not one customer."""

    shared: tuple[Row, ...]
    """Identifiers that both hold, each with the guards that reject it."""
    number: int | None
    """The pass in which their profiles were compared last; None: never."""
    pair: WeighedPair | None
    mean: float | None
    """Mean weight between their clusters, where the linkage saw both."""
    reason: str


@dataclass(frozen=True)
class Explanation:
    """All that is known of a question."""

    records: tuple[Row, ...]
    links: tuple[Link, ...]
    matches: tuple[Match, ...]
    overrides: tuple[Row, ...]
    """What was decided by hand about these records."""
    model: Row | None
    """The fit; `model_version` alone for the seed; None without matching."""
    way: tuple[str, ...] = ()
    """From the one to the other record that were asked for, reason by reason."""
    parted: Parted | None = None

    def reasons(self) -> Iterator[tuple[Collection[str], str]]:
        """What holds records together, each with the records that it does."""
        for link in self.links:
            same = f"same {link.rule.replace('_', ' ')}"
            yield link.records, "linked by hand" if link.rule == "override" else same
        for match in self.matches:
            for step in match.steps:
                left, right = (
                    [record for profile in side for record in match.profiles[profile]]
                    for side in (step.left, step.right)
                )
                yield (left[0], right[0]), f"matched at {step.mean:+.2f}"

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return _plain(self)


def record_name(row: Row) -> str:
    """SYSTEM:ENTITY:ID of a record."""
    return f"{row['system']}:{row['entity']}:{row['source_record_id']}"


def _plain(value: Any) -> Any:
    """Dataclasses, tuples and keys that are no text, as JSON has them."""
    if isinstance(value, Explanation):
        return {
            "customer_keys": list(
                dict.fromkeys(r["customer_key"] for r in value.records)
            ),
            **{name: _plain(part) for name, part in vars(value).items()},
        }
    if isinstance(value, WeighedPair):
        return {
            "profiles": list(value.profiles),
            "weight": value.weight,
            **{name: _plain(part) for name, part in vars(value.parts).items()},
        }
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(part) for name, part in vars(value).items()}
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value
