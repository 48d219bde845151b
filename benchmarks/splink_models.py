"""The models that Splink's documentation has for such data, in its own terms.

Of fake_1000, FEBRL 3 and FEBRL 4 it documents a model each (the tutorial, and the
examples of those names): comparisons, blocking rules, training and the probability
above which records are clustered (.5 where it says none) are those. Of customers and
of households it documents no model; theirs are put together from what it recommends
for each field, with term frequencies wherever values are shared, and blocking rules
like those of its largest example. Of some variants tried for customers (both names as
one comparison, other rules for training, no frequencies) it is the one with the best
F1 at .5, and none had a best F1 above .63.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb
import pandas as pd
import pyarrow
import splink.comparison_library as cl
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from benchmarks.people import People
from customer360.identity.evaluate import PairScores, pair_scores

LOWEST_WEIGHT = -10.0
"""Pairs below it are no matches at any threshold that is tried."""


@dataclass(frozen=True)
class Model:
    """What Splink has to be told."""

    comparisons: Sequence[object]
    blocking: Sequence[object]
    sure: Sequence[object]
    """Rules that records of one person mostly agree by, and others hardly ever."""
    recall: float
    """Share of the matches that those find, as somebody would guess."""
    training: Sequence[object]
    """Rules for the pairs that the model is fitted to, one after another."""
    random_pairs: float
    threshold: float
    """Probability above which the documentation clusters."""


def _swapped(*and_equal: str) -> str:
    columns = "".join(f" and l.{column} = r.{column}" for column in and_equal)
    return f"l.given_name = r.surname and l.surname = r.given_name{columns}"


def _of_households(*comparisons: object) -> Model:
    with_frequencies = {"term_frequency_adjustments": True}
    return Model(
        comparisons=[
            cl.NameComparison("given_name").configure(**with_frequencies),
            cl.NameComparison("family_name").configure(**with_frequencies),
            cl.JaroWinklerAtThresholds("street", [0.9, 0.7]),
            cl.ExactMatch("city").configure(**with_frequencies),
            cl.LevenshteinAtThresholds("postcode", 1),
            *comparisons,
        ],
        blocking=[
            block_on("given_name", "family_name"),
            block_on("postcode", "family_name"),
            block_on("postcode", "given_name"),
            block_on("street"),
        ],
        sure=[block_on("given_name", "family_name", "street")],
        recall=0.6,
        training=[block_on("given_name", "family_name"), block_on("street")],
        random_pairs=1e7,
        threshold=0.95,
    )


def _models() -> dict[str, Model]:
    with_frequencies = {"term_frequency_adjustments": True}
    return {
        "households": _of_households(cl.LevenshteinAtThresholds("birth_year", 1)),
        "undated_households": _of_households(),
        "fake_1000": Model(
            comparisons=[
                cl.NameComparison("first_name"),
                cl.NameComparison("surname"),
                cl.LevenshteinAtThresholds("dob", 1),
                cl.ExactMatch("city").configure(**with_frequencies),
                cl.EmailComparison("email"),
            ],
            blocking=[
                block_on("first_name", "city"),
                block_on("surname"),
                # beyond the documented two, for a better chance
                block_on("dob"),
                block_on("email"),
            ],
            sure=[
                block_on("first_name", "dob"),
                "l.first_name = r.first_name "
                "and levenshtein(r.surname, l.surname) <= 2",
                block_on("email"),
            ],
            recall=0.7,
            training=[block_on("first_name", "surname"), block_on("dob")],
            random_pairs=2e6,
            threshold=0.95,
        ),
        "febrl3": Model(
            comparisons=[
                cl.NameComparison("given_name"),
                cl.NameComparison("surname"),
                cl.DateOfBirthComparison(
                    "date_of_birth", input_is_string=True, datetime_format="%Y%m%d"
                ),
                cl.DamerauLevenshteinAtThresholds("soc_sec_id", [2]),
                cl.ExactMatch("street_number").configure(**with_frequencies),
                cl.ExactMatch("postcode").configure(**with_frequencies),
            ],
            blocking=[
                block_on("soc_sec_id"),
                block_on("given_name"),
                block_on("surname"),
                block_on("date_of_birth"),
                block_on("postcode"),
            ],
            sure=[
                block_on("soc_sec_id"),
                block_on("given_name", "surname", "date_of_birth"),
                _swapped("date_of_birth"),
            ],
            recall=0.9,
            training=[block_on("date_of_birth"), block_on("postcode")],
            random_pairs=1e6,
            threshold=0.5,
        ),
        "febrl4": Model(
            comparisons=[
                cl.NameComparison("given_name").configure(**with_frequencies),
                cl.NameComparison("surname").configure(**with_frequencies),
                cl.DateOfBirthComparison(
                    "date_of_birth",
                    input_is_string=True,
                    datetime_format="%Y%m%d",
                    invalid_dates_as_null=True,
                ),
                cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
                cl.ExactMatch("street_number").configure(**with_frequencies),
                cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(
                    **with_frequencies
                ),
            ],
            blocking=[
                block_on("given_name", "surname"),
                _swapped(),
                block_on("date_of_birth"),
                block_on("soc_sec_id"),
                block_on("state", "address_1"),
                block_on("street_number", "address_1"),
                block_on("postcode"),
            ],
            sure=[
                block_on("soc_sec_id"),
                block_on("given_name", "surname", "date_of_birth"),
            ],
            recall=0.8,
            training=[block_on("date_of_birth"), block_on("postcode")],
            random_pairs=1e6,
            threshold=0.99,
        ),
        "estate": Model(
            comparisons=[
                cl.NameComparison("given_name").configure(**with_frequencies),
                cl.NameComparison("family_name").configure(**with_frequencies),
                cl.EmailComparison("email").configure(**with_frequencies),
                cl.ExactMatch("phone").configure(**with_frequencies),
                cl.JaroWinklerAtThresholds("address", [0.9, 0.7]),
                cl.ExactMatch("city").configure(**with_frequencies),
            ],
            blocking=[
                block_on("email"),
                block_on("phone"),
                block_on("given_name", "family_name"),
                block_on("substr(given_name, 1, 3)", "substr(family_name, 1, 4)"),
                block_on("city", "family_name"),
                block_on("city", "given_name"),
                block_on("address"),
            ],
            sure=[
                block_on("email"),
                block_on("phone", "given_name"),
                block_on("given_name", "family_name", "address"),
            ],
            recall=0.7,
            training=[block_on("given_name", "family_name"), block_on("email")],
            random_pairs=1e7,
            threshold=0.95,
        ),
    }


@dataclass(frozen=True)
class Linked:
    """What Splink made of records: pairs that it scored, and how good they are."""

    people: People
    pairs: pd.DataFrame
    """`left` and `right`, numbers of records from 0, and `weight`: log2 of the odds."""
    threshold: float
    """Probability that its documentation clusters by."""

    def at(self, weight: float) -> PairScores:
        """Scores of the connected components of pairs of at least this weight."""
        kept = self.pairs[self.pairs["weight"] >= weight]
        records = len(self.people.table)
        edges = coo_matrix(
            (kept["weight"].abs() + 1, (kept["left"], kept["right"])),
            shape=(records, records),
        )
        _, clusters = connected_components(edges, directed=False)
        source = self.people.source
        return pair_scores(
            clusters.tolist(),
            self.people.table[self.people.truth].tolist(),
            self.people.table[source].tolist() if source else None,
        )

    def best(self, tried: Iterable[float] = ()) -> tuple[float, PairScores]:
        """The weight that the truth would choose, and the scores at it.

        Of those to be tried; if none are named, of some 150.
        """
        weights = set(tried)
        if not weights:
            weights.update(self.pairs["weight"].quantile([k / 60 for k in range(60)]))
            weights.update(k / 2 for k in range(int(2 * LOWEST_WEIGHT), 81))
        found = {weight: self.at(weight) for weight in sorted(weights)}
        return max(found.items(), key=lambda item: item[1].f1 or 0)


def link(people: People, connection: duckdb.DuckDBPyConnection | None = None) -> Linked:
    """Train Splink's model and score its pairs, on DuckDB."""
    model = _models()[people.name]
    table = people.table.assign(unique_id=range(len(people.table)))
    for column in table.columns.difference(["unique_id", people.truth]):
        # as its documentation asks for: in one case
        table[column] = table[column].str.lower()
    parts = [table]
    if people.source:
        parts = [part for _, part in table.groupby(people.source)]
    database = DuckDBAPI(connection or ":memory:")
    linker = Linker(
        [database.register(pyarrow.Table.from_pandas(part)) for part in parts]
        if people.source
        else database.register(pyarrow.Table.from_pandas(table)),
        SettingsCreator(
            link_type="link_only" if people.source else "dedupe_only",
            comparisons=list(model.comparisons),
            blocking_rules_to_generate_predictions=list(model.blocking),
        ),
        log_level="ERROR",
    )
    training = linker.training
    training.estimate_probability_two_random_records_match(
        list(model.sure), recall=model.recall
    )
    training.estimate_u_using_random_sampling(max_pairs=model.random_pairs, seed=1)
    for rule in model.training:
        training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True
        )
    scored = linker.inference.predict(threshold_match_weight=LOWEST_WEIGHT)
    pairs = scored.as_duckdbpyrelation().project(
        "unique_id_l as left, unique_id_r as right, match_weight as weight"
    )
    return Linked(people, pairs.df(), model.threshold)
