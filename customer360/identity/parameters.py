"""Parameters as rows: of a fit, or those that stand in for one."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from customer360.identity.em import Fit, Observations
from customer360.identity.model import STRANGER, Field, PairClass

SEED = "identity_parameter_defaults"


class Parameter(NamedTuple):
    """A row of `identity_parameters`, but for the fit that it is of."""

    pair_class: str
    is_match: bool
    field: str | None
    """None: the class's share of all possible pairs."""
    level: int | None
    log_probability: float
    follows_u: bool | None
    unblocked_share: float | None = None
    """The class's share of the pairs that no blocking rule brought together."""


def parameters_of(fit: Fit) -> list[Parameter]:
    """Every class with its share, then every level of every field."""
    rows = []
    for index, pair_class in enumerate(fit.classes):
        rows.append(
            _share(
                pair_class,
                float(fit.log_priors[index]),
                float(fit.unblocked_shares[index]),
            )
        )
        for field, found in zip(fit.fields, fit.log_probabilities, strict=True):
            rows += (
                Parameter(
                    pair_class.name,
                    pair_class.is_match,
                    field.name,
                    level,
                    float(log_probability),
                    field.name not in pair_class.free,
                )
                for level, log_probability in enumerate(found[index], start=1)
            )
    return rows


def read_seed(seeds: Path) -> list[Parameter]:
    """The parameters that stand in where none can be fitted."""
    with (seeds / f"{SEED}.csv").open(encoding="utf-8", newline="") as lines:
        return [
            Parameter(
                row["class"],
                row["is_match"] == "true",
                row["field"] or None,
                int(row["level"]) if row["level"] else None,
                float(row["log_probability"]),
                row["follows_u"] == "true" if row["follows_u"] else None,
            )
            for row in csv.DictReader(lines)
        ]


def stand_ins(
    seed: Iterable[Parameter],
    classes: Iterable[PairClass],
    fields: Iterable[Field],
    pairs: Observations,
) -> list[Parameter]:
    """The seed's parameters for the classes and fields of this data.

    The seed has the pairs of a class per record; their share of all possible pairs
    depends on the number of records.
    """
    log_space = math.log(max(pairs.possible_pairs, 1) / max(pairs.records, 1))
    known = {(row.pair_class, row.field, row.level): row for row in seed}
    rows = []
    for pair_class in classes:
        share = known.get((pair_class.name, None, None))
        if share is None:
            continue
        is_stranger = pair_class.name == STRANGER
        rows.append(
            share._replace(
                log_probability=share.log_probability
                - (0.0 if is_stranger else log_space),
                unblocked_share=float(is_stranger),
            )
        )
        for field in fields:
            follows_u = field.name not in pair_class.free
            source = STRANGER if follows_u else pair_class.name
            for level in range(1, field.levels + 1):
                row = known.get((source, field.name, level))
                if row is not None:
                    rows.append(
                        row._replace(
                            pair_class=pair_class.name,
                            is_match=pair_class.is_match,
                            follows_u=follows_u,
                        )
                    )
    return rows


def _share(pair_class: PairClass, log_prior: float, unblocked: float) -> Parameter:
    return Parameter(
        pair_class.name, pair_class.is_match, None, None, log_prior, None, unblocked
    )
