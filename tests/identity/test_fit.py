"""Fits in a real database: written whole, once, and by whom it may be."""

from __future__ import annotations

import dataclasses
from io import StringIO

import psycopg
import pytest
from psycopg import sql
from rich.console import Console

from customer360 import warehouse
from customer360.errors import UserError
from customer360.identity import fit as fitting
from customer360.identity import fits
from customer360.identity.drift import stability_index
from customer360.identity.em import Observations
from customer360.identity.fit import FitResult, fit
from customer360.identity.model import Vectors
from customer360.settings import Settings

from .simulation import WORLD, World

SCHEMA = "intermediate"
TABLES = """
create table {pair_space} (profiles bigint, possible_pairs bigint, definitions text);
create table {levels} (
    field text, position int, level int, label text, most_of_matches float
);
create table {classes} (
    position int, class text, is_match boolean, is_unblocked boolean, field text,
    needed_fields text, needed_number int
);
create table {vectors} (origin text, vector bigint, pairs bigint);
"""
NAMES = {
    "pair_space": "int_identity__pair_space",
    "levels": "int_identity__comparison_levels",
    "classes": "int_identity__pair_classes",
    "vectors": "int_identity__vectors",
}
WORLD_FIELDS = {field.name for field in WORLD.fields}
# one world drawn twice
FIRST = WORLD.draw(0)
SECOND = WORLD.draw(1)
GROWN = dataclasses.replace(FIRST, records=2 * FIRST.records)


class Warehouse:
    """A database in which dbt has compared pairs."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def has(
        self,
        pairs: Observations,
        *,
        world: World = WORLD,
        schema: str = SCHEMA,
        definitions: str = "today's",
    ) -> None:
        """Make the models' tables anew."""
        tables = {key: sql.Identifier(schema, name) for key, name in NAMES.items()}
        with warehouse.connect(self.settings, "transformer") as connection:
            for table in tables.values():
                connection.execute(sql.SQL("drop table if exists {}").format(table))
            connection.execute(sql.SQL(TABLES).format(**tables))
            connection.execute(
                sql.SQL("insert into {} values (%s, %s, %s)").format(
                    tables["pair_space"]
                ),
                (pairs.records, pairs.possible_pairs, definitions),
            )
            rows = {
                "levels": [
                    (field.name, field.position, level, "", None)
                    for field in world.fields
                    for level in range(1, field.levels + 1)
                ],
                "classes": [
                    (number, each.name, each.is_match, False, field, None, None)
                    for number, (each, field) in enumerate(
                        (each, field)
                        for each in world.classes
                        for field in [free.name for free in each.free] or [None]
                    )
                ],
                "vectors": [
                    (origin, int(vector), int(count))
                    for origin, vectors in (
                        ("candidate", pairs.candidates),
                        ("unblocked", pairs.unblocked),
                    )
                    for vector, count in zip(vectors.packed, vectors.pairs, strict=True)
                ],
            }
            for key, values in rows.items():
                statement = sql.SQL("copy {} from stdin").format(tables[key])
                with connection.cursor().copy(statement) as copy:
                    for value in values:
                        copy.write_row(value)

    def rows(self, query: str, role: warehouse.Role = "transformer") -> list[tuple]:
        with warehouse.connect(self.settings, role) as connection:
            return connection.execute(query).fetchall()

    def settle(self) -> None:
        """Do what a publication does."""
        self.rows("select ops.settle()", "publisher")

    def take_back(self) -> bool:
        """Do what a run of the pipeline begins with; whether there was anything."""
        return self.rows("select ops.take_back()") == [(True,)]

    def fits(self) -> list[tuple]:
        """All that is remembered, to the bit."""
        return self.rows(
            "select * from ops.identity_fits left join ops.identity_parameters "
            "using (fit_id) order by fitted_at, class, field, level"
        )


@pytest.fixture
def compared(database: Settings) -> Warehouse:
    made = Warehouse(database)
    made.has(FIRST)
    return made


def told(settings: Settings) -> str:
    console = Console(file=StringIO(), width=100)
    fit(settings, again=True, console=console)
    return console.file.getvalue()


def test_parameters_are_complete(compared: Warehouse) -> None:
    result = fit(compared.settings)
    assert result.is_new
    assert result.fit.origin == "fitted"
    levels = sum(field.levels for field in WORLD.fields)
    assert compared.rows(
        "select class, count(*) filter (where field is null), "
        "count(*) filter (where field is not null), "
        "count(*) filter (where follows_u) from ops.identity_parameters "
        "group by class order by class"
    ) == [
        ("household", 1, levels, 10),
        ("same_person", 1, levels, 0),
        ("stranger", 1, levels, levels),
    ]
    # each class's levels and all shares add up to one
    sums = compared.rows(
        "select sum(exp(log_probability)) from ops.identity_parameters "
        "group by field, case when field is not null then class end"
    )
    assert [total for (total,) in sums] == pytest.approx([1.0] * len(sums))
    assert len(sums) == 1 + 3 * len(WORLD.fields)


def test_the_same_pairs_give_the_same_fit(compared: Warehouse) -> None:
    first = fit(compared.settings)
    before = compared.fits()
    again = fit(compared.settings, again=True)
    assert not again.is_new
    assert again.fit.fit_id == first.fit.fit_id
    assert {*again.parameters} == {*first.parameters}
    assert compared.fits() == before


def test_other_pairs_make_another_fit_and_the_newest_counts(
    compared: Warehouse,
) -> None:
    ids = []
    for pairs in (FIRST, SECOND, FIRST):
        compared.has(pairs)
        result = fit(compared.settings, again=True)
        assert result.is_new
        ids.append(result.fit.fit_id)
    assert ids[0] == ids[2] != ids[1]
    newest_last = compared.rows(
        "select fit_id from ops.identity_fits order by fitted_at"
    )
    assert newest_last == [(ids[1],), (ids[2],)]


def test_pairs_that_have_not_drifted_are_not_fitted(compared: Warehouse) -> None:
    first = fit(compared.settings)
    before = compared.fits()
    compared.has(SECOND)
    kept = fit(compared.settings)
    assert not kept.is_new
    assert kept.fit.fit_id == first.fit.fit_id
    assert {*kept.parameters} == {*first.parameters}
    # two draws of one world differ by chance alone
    assert 0 < kept.drift < 0.1
    assert compared.fits() == before


@pytest.mark.parametrize("change", ["records", "levels", "definitions"])
def test_pairs_that_have_drifted_are_fitted(compared: Warehouse, change: str) -> None:
    fit(compared.settings)
    if change == "records":
        compared.has(GROWN)
    elif change == "levels":
        missing = dataclasses.replace(WORLD, missing=0.3)
        compared.has(missing.draw(0))
    else:
        compared.has(FIRST, definitions="tomorrow's")
    result = fit(compared.settings)
    if change == "definitions":
        assert result.drift is None
    else:
        assert result.drift > 1
    assert result.is_new
    assert len(compared.rows("select from ops.identity_fits")) == 2


def test_the_index_of_equal_shares_is_nothing() -> None:
    assert stability_index([0.5, 0.3, 0.2], [0.5, 0.3, 0.2]) == 0
    # (.6 - .5) ln(.6 / .5) + (.4 - .5) ln(.4 / .5)
    assert stability_index([0.6, 0.4], [0.5, 0.5]) == pytest.approx(0.0405465)
    # a level that hardly any pair has does not count
    assert stability_index([1.0, 0.0], [1.0, 1e-6]) == 0


def test_too_few_records_get_the_seed(compared: Warehouse) -> None:
    few = dataclasses.replace(FIRST, records=150, possible_pairs=11_175)
    compared.has(dataclasses.replace(few, candidates=Vectors.of([1, 9], [20, 30])))
    result = fit(compared.settings)
    assert (result.fit.origin, result.fit.reason) == (
        "fallback",
        "there are fewer than 200 records",
    )
    # fields that were compared, and of classes those that two of them tell apart
    assert {row.field for row in result.parameters} == {
        None,
        "given_name",
        "family_name",
    }
    assert {row.pair_class for row in result.parameters} == {"same_person", "stranger"}
    assert "Not fitted, for there are fewer than 200 records" in told(compared.settings)
    # with more to learn from it is made good, drifted or not
    compared.has(FIRST)
    assert fit(compared.settings).fit.origin == "fitted"


def test_only_the_last_fits_are_kept(
    compared: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fits, "KEPT", 2)
    ids = []
    for records in (6_000, 6_001, 6_002):
        compared.has(dataclasses.replace(FIRST, records=records))
        ids.append(fit(compared.settings, again=True).fit.fit_id)
    kept = compared.rows("select fit_id from ops.identity_fits order by fitted_at")
    assert kept == [(ids[1],), (ids[2],)]
    assert {*compared.rows("select fit_id from ops.identity_parameters")} == {*kept}


def test_a_builds_fit_that_was_never_published_is_taken_back(
    compared: Warehouse,
) -> None:
    for pairs in (FIRST, SECOND):
        compared.has(pairs)
        fit(compared.settings, again=True)
    assert not compared.take_back(), "what is fitted by hand is meant to be used"
    before = compared.fits()
    # one that there was not, then an older one that is the newest again
    for pairs in (GROWN, FIRST):
        compared.has(pairs)
        assert fit(compared.settings, again=True, is_settled=False).is_new
    assert compared.fits() != before
    assert compared.take_back()
    assert compared.fits() == before


@pytest.mark.parametrize("settling", ["publication", "by hand"])
def test_a_builds_fit_stays_once_it_is_settled(
    compared: Warehouse, settling: str
) -> None:
    made = fit(compared.settings, is_settled=False)
    if settling == "publication":
        compared.settle()
    else:
        assert not fit(compared.settings).is_new
    before = compared.fits()
    assert not compared.take_back()
    compared.has(GROWN)
    fit(compared.settings, is_settled=False)
    assert compared.take_back()
    assert compared.fits() == before
    assert compared.rows("select fit_id from ops.identity_fits") == [(made.fit.fit_id,)]


def test_the_fit_that_runs_begin_with_is_not_forgotten(
    compared: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fits, "KEPT", 2)
    fit(compared.settings)
    before = compared.fits()
    for records in (6_001, 6_002, 6_003):
        compared.has(dataclasses.replace(FIRST, records=records))
        fit(compared.settings, again=True, is_settled=False)
    assert len(compared.rows("select from ops.identity_fits")) == 3
    assert compared.take_back()
    assert compared.fits() == before


def test_a_fit_that_fails_leaves_nothing(
    compared: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = fit(compared.settings)
    before = compared.fits()
    broken = [*first.parameters, first.parameters[0]]
    monkeypatch.setattr(fitting, "parameters_of", lambda _: broken)
    compared.has(GROWN)
    with pytest.raises(psycopg.errors.UniqueViolation):
        fit(compared.settings)
    assert compared.fits() == before


def test_an_evaluation_has_parameters_of_its_own(compared: Warehouse) -> None:
    with warehouse.connect(compared.settings, "transformer") as connection:
        connection.execute("create schema identity_scratch")
        fits.create_tables(connection, "identity_scratch")
    compared.has(SECOND, schema="identity_scratch")
    result: FitResult = fit(compared.settings, "identity_scratch")
    [(rows,)] = compared.rows(
        "select count(*) from identity_scratch.identity_parameters"
    )
    assert rows == len(result.parameters)
    assert compared.rows("select from ops.identity_fits") == []


def test_pairs_that_were_not_compared_are_missed_in_one_line(
    database: Settings,
) -> None:
    with pytest.raises(UserError, match="have not been compared yet") as raised:
        fit(database)
    assert "\n" not in str(raised.value)


def test_what_was_found_is_readable(compared: Warehouse) -> None:
    text = told(compared.settings)
    assert text.startswith("Fitted to ")
    lines = [line.split() for line in text.splitlines()]
    [household] = [line for line in lines if line[:1] == ["household"]]
    pairs = float(household[1].replace(",", ""))
    assert pairs == pytest.approx(6_000, rel=0.05)
    told_fields = [line[0] for line in lines if line and line[0] in WORLD_FIELDS]
    assert {*told_fields} == WORLD_FIELDS
    # a name says more than a city, and what says most stands first
    assert told_fields.index("family_name") < told_fields.index("city")
    says = [float(line[-1]) for line in lines if line and line[0] in WORLD_FIELDS]
    assert says == sorted(says, reverse=True)


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("loader", "select from ops.identity_fits"),
        ("loader", "select from ops.identity_parameters"),
        ("publisher", "select from ops.identity_parameters"),
        ("reporter", "select from ops.identity_parameters"),
        ("transformer", "update ops.identity_parameters set log_probability = 0"),
        ("transformer", "update ops.identity_fits set reason = ''"),
        ("transformer", "truncate ops.identity_parameters"),
        ("loader", "select from ops.identity_statistics"),
        ("publisher", "select from ops.identity_statistics"),
        ("reporter", "select from ops.identity_statistics"),
        ("transformer", "delete from ops.identity_statistics"),
        ("transformer", "update ops.identity_statistics set amount = 0"),
    ],
)
def test_nobody_else_may(
    compared: Warehouse, role: warehouse.Role, statement: str
) -> None:
    # again, for what a later setup might give away
    with warehouse.connect(compared.settings, "admin") as connection:
        connection.execute("update ops.setup set sql_sha256 = ''")
    warehouse.ensure_ready(compared.settings)
    with (
        warehouse.connect(compared.settings, role) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)
