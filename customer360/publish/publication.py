"""Publish: gate, transaction, and what is said of them."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

import psycopg
from psycopg import sql
from rich.console import Console

from customer360 import warehouse
from customer360.errors import UserError
from customer360.publish import metadata, transaction
from customer360.publish.gate import refusals
from customer360.publish.project import Project, read_project
from customer360.publish.shapes import published
from customer360.settings import Settings

_MOST_REFUSALS = 20


@dataclass(frozen=True)
class PublishedTable:
    """One published table, and how many of its rows this publication touched."""

    name: str
    rows: int
    inserted: int = 0
    updated: int = 0
    deleted: int = 0


@dataclass(frozen=True)
class Publication:
    """What readers of `published` see."""

    publication_id: int
    run_id: str
    """Names the content, 128 bits in hexadecimal: same data, same id, anywhere."""
    as_of_date: date | None
    published_at: datetime
    is_new: bool
    """False when this very content was published already, and stays as it is."""
    tables: tuple[PublishedTable, ...]

    @property
    def inserted(self) -> int:
        """Rows added, over all tables."""
        return sum(table.inserted for table in self.tables)

    @property
    def updated(self) -> int:
        """Rows changed, over all tables."""
        return sum(table.updated for table in self.tables)

    @property
    def deleted(self) -> int:
        """Rows removed, over all tables."""
        return sum(table.deleted for table in self.tables)


class Refused(UserError):
    """The marts were not built and tested as one whole: nothing was published."""


def publish(
    settings: Settings, *, console: Console | None = None, wait: float = 0
) -> Publication:
    """Bring the public marts of the newest tested build into `published`.

    One transaction: readers see it whole or not at all, and none is turned away.
    Publishing the same data again changes nothing and keeps the publication.

    `Refused` names the model or test because of which nothing was published.
    UserError: the database can't be reached, or another run has it and has not ended
    after `wait` seconds.
    """
    started = time.monotonic()
    warehouse.ensure_ready(settings)
    with (
        warehouse.pipeline_lock(settings, wait=wait),
        warehouse.connect(
            settings,
            "publisher",
            application_name="customer360 publish",
            autocommit=True,
        ) as connection,
    ):
        # dbt writes its manifest in place, and only who has the lock runs dbt
        project = read_project(settings)
        try:
            publication = _publish(connection, project, console)
        except psycopg.OperationalError as error:
            reason = error.diag.message_primary or str(error).strip().splitlines()[0]
            raise UserError(
                f"Publishing was not completed, for the database said: {reason}. "
                "Publish again once that is put right."
            ) from None
    if console:
        _report(console, publication, time.monotonic() - started)
    return publication


def _publish(
    connection: psycopg.Connection, project: Project, console: Console | None
) -> Publication:
    marts = {mart.name: mart for mart in project.marts}
    # first without any lock: a refusal need not wait for anybody
    _pass_gate(connection, project, console)
    metadata.create_tables(connection)

    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    with connection.transaction():
        transaction.lock_marts(connection, marts)
        # again, for what was built while we waited
        _pass_gate(connection, project, console)
        known = metadata.read_notes(connection)
        brought = transaction.bring(connection, marts, known)
        metadata.write_notes(connection, brought.notes)
        run_id = metadata.run_id(brought.as_of_date, brought.notes)
        publication_id, published_at, is_new = metadata.name_publication(
            connection, run_id, brought.as_of_date, brought.changes
        )
        # keys and weights that readers have seen are there to stay
        connection.execute("select ops.settle()")
    connection.isolation_level = None

    publication = Publication(
        publication_id,
        run_id,
        brought.as_of_date,
        published_at,
        is_new,
        tuple(
            PublishedTable(
                table,
                brought.notes[table].content.rows,
                changes.inserted,
                changes.updated,
                changes.deleted,
            )
            for table, changes in brought.changes.items()
        ),
    )
    _analyze(connection, publication)
    return publication


def _pass_gate(
    connection: psycopg.Connection, project: Project, console: Console | None
) -> None:
    reasons = refusals(connection, project)
    if not reasons:
        return
    if console and len(reasons) > 1:
        for reason in reasons[:_MOST_REFUSALS]:
            console.print(f"  {reason}", highlight=False, markup=False, soft_wrap=True)
        if len(reasons) > _MOST_REFUSALS:
            console.print(f"  … and {len(reasons) - _MOST_REFUSALS} more")
    others = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    raise Refused(
        f"Nothing was published: {reasons[0]}{others}. Run customer360 dbt build, "
        "without --select, put right what fails in it, and publish again."
    )


def _analyze(connection: psycopg.Connection, publication: Publication) -> None:
    # after the commit: readers need not wait for statistics
    connection.execute("set lock_timeout = '5s'")
    for table in publication.tables:
        if table.inserted or table.updated or table.deleted:
            # if autovacuum is at the table, it does the same
            with suppress(psycopg.errors.LockNotAvailable):
                connection.execute(sql.SQL("analyze {}").format(published(table.name)))


def _report(console: Console, publication: Publication, seconds: float) -> None:
    count = len(publication.tables)
    if publication.is_new:
        what = (
            f"Published {count} marts: {publication.inserted:,} rows added, "
            f"{publication.updated:,} changed, {publication.deleted:,} removed"
        )
    else:
        what = f"{count} marts were published already and have not changed"
    dated = f", as of {publication.as_of_date}" if publication.as_of_date else ""
    console.print(
        f"{what} (run {publication.run_id[:8]}{dated}, {seconds:.1f} s).",
        highlight=False,
        soft_wrap=True,
    )
