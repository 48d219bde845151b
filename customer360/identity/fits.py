"""The fits that a schema remembers: `identity_fits` and `identity_parameters`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from customer360.identity.drift import LevelShares
from customer360.identity.parameters import Parameter

OPS = "ops"
KEPT = 20

_LOCK = "customer360 identity fit"
_TABLES = ("identity_fits", "identity_parameters", "identity_statistics")
_FIT = (
    *("fit_id", "origin", "reason", "definitions", "records", "possible_pairs"),
    *("candidate_pairs", "rounds", "has_converged", "log_likelihood", "level_shares"),
)
_PARAMETER = (
    *("class", "is_match", "field", "level", "log_probability", "follows_u"),
    "unblocked_share",
)


@dataclass(frozen=True)
class RememberedFit:
    """One row of `identity_fits`."""

    fit_id: str
    origin: Literal["fitted", "fallback"]
    reason: str | None
    """Why it is a fallback."""
    definitions: str
    records: int
    possible_pairs: int
    candidate_pairs: int
    rounds: int | None
    has_converged: bool | None
    log_likelihood: float | None
    level_shares: LevelShares


def create_tables(connection: psycopg.Connection, schema: str) -> None:
    """Let another schema than the pipeline's remember fits."""
    for table in _TABLES:
        connection.execute(
            sql.SQL("create table {} (like {} including all)").format(
                sql.Identifier(schema, table), sql.Identifier(OPS, table)
            )
        )


class Fits:
    """What one transaction reads and writes of a schema's fits."""

    def __init__(self, connection: psycopg.Connection, schema: str) -> None:
        self._connection = connection
        self._schema = schema
        # two at a time would each take the other's for an old one
        connection.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 0))",
            (f"{_LOCK} {schema}",),
        )

    def newest(self) -> RememberedFit | None:
        """The fit whose parameters are in use."""
        row = self._execute(
            "select {fit} from {fits} order by fitted_at desc, fit_id limit 1"
        ).fetchone()
        return RememberedFit(*row) if row else None

    def parameters(self, fit_id: str) -> list[Parameter]:
        """A fit's parameters, in one order."""
        rows = self._execute(
            "select {parameter} from {parameters} where fit_id = %s "
            'order by class collate "C", field collate "C" nulls first, level',
            fit_id,
        )
        return [Parameter(*row) for row in rows]

    def remember(self, fit: RememberedFit, parameters: Iterable[Parameter]) -> None:
        """Make it the newest, and forget all but the last ones and the settled one.

        One that is known already becomes the newest again, until it is taken back.
        """
        settled_at = self._execute(
            "delete from {fits} where fit_id = %s returning settled_at", fit.fit_id
        ).fetchone()
        values = {**vars(fit), "level_shares": Jsonb(fit.level_shares)}
        self._execute(
            "insert into {fits} ({fit}, settled_at) values ({values}, %s)",
            *(values[name] for name in _FIT),
            settled_at and settled_at[0],
        )
        statement = self._statement(
            "copy {parameters} (fit_id, {parameter}) from stdin"
        )
        with self._connection.cursor().copy(statement) as copy:
            for parameter in parameters:
                copy.write_row((fit.fit_id, *parameter))
        self._execute(
            "delete from {fits} where fit_id not in (select fit_id from {fits} "
            "order by fitted_at desc, fit_id limit %s) "
            # where runs begin, whatever has been fitted since
            "and fit_id is distinct from (select fit_id from {fits} "
            "where settled_at is not null order by settled_at desc, fit_id limit 1)",
            KEPT,
        )

    def settle(self, fit_id: str) -> None:
        """Have later runs begin with this fit, though no publication has used it."""
        self._execute(
            "update {fits} set settled_at = fitted_at "
            "where fit_id = %s and settled_at is distinct from fitted_at",
            fit_id,
        )

    def _statement(self, query: str) -> sql.Composed:
        return sql.SQL(query).format(
            fits=sql.Identifier(self._schema, "identity_fits"),
            parameters=sql.Identifier(self._schema, "identity_parameters"),
            fit=sql.SQL(", ").join(map(sql.Identifier, _FIT)),
            parameter=sql.SQL(", ").join(map(sql.Identifier, _PARAMETER)),
            values=sql.SQL(", ").join(sql.Placeholder() * len(_FIT)),
        )

    def _execute(self, query: str, *values: object) -> psycopg.Cursor:
        return self._connection.execute(self._statement(query), values)
