"""The process that dbt runs in: `python -P -m customer360.pipeline.dbt_process`.

It holds the pipeline's lock for exactly as long as it lives, dies with the
process that started it, and lets no row of the data into a message.
"""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import psycopg2
from dbt.adapters.contracts.connection import Connection, ConnectionState
from dbt.adapters.postgres.connections import (
    PostgresConnectionManager,
    PostgresCredentials,
)
from dbt.cli import requires
from dbt.cli.main import cli
from dbt_common.events.base_types import BaseEvent, EventMsg

from customer360 import warehouse
from customer360.errors import UserError
from customer360.pipeline.dbt_repeats import spare_repeats
from customer360.pipeline.fitting import fit_before_models
from customer360.pipeline.messages import without_values
from customer360.pipeline.processes import die_with, keep_garbage
from customer360.settings import Settings

WRITERS = frozenset(
    {"build", "clone", "retry", "run", "run-operation", "seed", "snapshot"}
)
"""Commands that change the database, of which one may run at a time."""

PARENT = "C360_DBT_PARENT"
"""Environment: the process to die with."""
EVENTS = "C360_DBT_EVENTS"
"""Environment: file descriptor for one JSON object per line, if anyone reads."""
WAIT = "C360_DBT_WAIT"
"""Environment: seconds to wait for another run to end."""
BESIDE = "C360_DBT_BESIDE"
"""Environment: set if this dbt may run beside others."""
FROM_PUBLISHED = "C360_DBT_FROM_PUBLISHED"
"""Environment: set if this dbt takes back what was never published."""

LOCKED_APPLICATION = "customer360_dbt_locked"
"""What PostgreSQL calls the connections of a dbt that holds the lock."""

_ORPHAN_SECONDS = 60
_TAKEN_BACK = (
    "Took back the customer keys and match weights of builds that were never published"
)


def main(args: list[str]) -> None:
    """Run dbt with these arguments; exits with dbt's code, 2 for a person's mistake."""
    parent = int(os.environ.pop(PARENT))
    die_with(parent)
    keep_garbage()
    signal.signal(signal.SIGINT, _interrupt)
    try:
        # held back until now, for it would have ended an import with a traceback
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        _run(args, parent)
    except KeyboardInterrupt:
        sys.exit(130)


def _interrupt(*_: object) -> None:
    """Begin to end, once: another Ctrl-C would break off what dbt does then."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def _run(args: list[str], parent: int) -> None:
    events = os.environ.pop(EVENTS, None)
    wait = float(os.environ.pop(WAIT, "0"))
    beside_others = os.environ.pop(BESIDE, None) is not None
    from_published = os.environ.pop(FROM_PUBLISHED, None) is not None
    tell = _teller(int(events)) if events else None

    _keep_values_out_of_messages()
    _end_quietly_when_interrupted()
    _let_queries_be_ended()
    keep_connections()
    spare_repeats()
    fitted: dict[str, str] = {}
    fit_before_models(fitted.__setitem__)
    with ExitStack() as stack:
        if command_of(args) in WRITERS and not beside_others:
            settings = Settings.from_env()
            try:
                stack.enter_context(
                    warehouse.pipeline_lock(settings, wait=wait, process=parent)
                )
                _end_orphans(settings)
                if from_published:
                    _take_back(settings)
            except UserError as error:
                if tell:
                    tell({"event": "user_error", "message": str(error)})
                else:
                    print(f"error: {error}", file=sys.stderr)
                sys.exit(2)
            _name_connections()
        callbacks = [_Watcher(tell, fitted)] if tell else []
        cli.main(args=args, prog_name="dbt", obj={"callbacks": callbacks})


def command_of(args: list[str]) -> str | None:
    """Which of dbt's commands these arguments run; None when they are not valid."""
    import click

    context = click.Context(cli, info_name="dbt", resilient_parsing=True)
    try:
        _, rest, _ = cli.make_parser(context).parse_args(list(args))
    except click.UsageError:
        return None
    return rest[0] if rest else None


def _end_orphans(settings: Settings) -> None:
    """End what a killed dbt left running in the server: it would block this one."""
    with warehouse.connect(settings, "transformer", autocommit=True) as connection:
        # on a server that was given, those connections are the URL's user's
        connection.execute("reset role")
        connection.execute(
            "select pg_terminate_backend(pid, %s) from pg_stat_activity "
            "where application_name = %s and datname = current_database()",
            (_ORPHAN_SECONDS * 1000, LOCKED_APPLICATION),
        )


def _take_back(settings: Settings) -> None:
    """Forget customer keys and match weights that nobody has seen published."""
    with warehouse.connect(settings, "transformer", autocommit=True) as connection:
        row = connection.execute("select ops.take_back()").fetchone()
    if row == (True,):
        print(_TAKEN_BACK, flush=True)


def _name_connections() -> None:
    """Let the next run tell this dbt's connections from those of a dbt by hand."""

    def named(cls: type, credentials: PostgresCredentials) -> PostgresCredentials:
        return dataclasses.replace(credentials, application_name=LOCKED_APPLICATION)

    PostgresConnectionManager.get_credentials = classmethod(named)


def _keep_values_out_of_messages() -> None:
    """Cut values out of errors where they enter dbt: logs, results, console."""
    handle = PostgresConnectionManager.exception_handler

    @contextmanager
    def discreet(self: PostgresConnectionManager, sql: str) -> Iterator[None]:
        with handle(self, sql):
            try:
                yield
            except psycopg2.DatabaseError as error:
                raise psycopg2.DatabaseError(without_values(str(error))) from None

    PostgresConnectionManager.exception_handler = discreet


def _end_quietly_when_interrupted() -> None:
    """Spare whoever presses Ctrl-C the traceback that dbt would print."""
    fire = requires.fire_event

    def fire_unless_interrupted(event: BaseEvent, *details: Any) -> None:
        if not isinstance(sys.exc_info()[1], KeyboardInterrupt):
            fire(event, *details)

    requires.fire_event = fire_unless_interrupted


def _let_queries_be_ended() -> None:
    """Let dbt end its own queries on a server that was given, too."""
    end = PostgresConnectionManager.cancel

    def end_as_whoever_began(
        self: PostgresConnectionManager, connection: Connection
    ) -> None:
        # they are the URL's user's, of whom the role that dbt takes on knows nothing
        self.add_query("reset role")
        end(self, connection)

    PostgresConnectionManager.cancel = end_as_whoever_began


def keep_connections() -> None:
    """Have each of dbt's threads work on one connection; dbt makes one for each node.

    Nearly half of what the server did in a small build was to begin and end them.
    """
    close = PostgresConnectionManager.release

    def make_as_new(self: PostgresConnectionManager) -> None:
        connection = self.get_if_exists()
        if connection is None or connection.state != ConnectionState.OPEN:
            close(self)
            return
        try:
            connection.handle.rollback()
            connection.transaction_open = False
            # a role that was set in what has been rolled back is not set
            role = connection.credentials.role
            connection.handle.cursor().execute(
                "reset all; discard temp" + (f"; set role {role}" if role else "")
            )
            connection.handle.commit()
        except psycopg2.Error:
            close(self)

    PostgresConnectionManager.release = make_as_new


def _teller(descriptor: int) -> Any:
    os.set_inheritable(descriptor, False)
    guard = threading.Lock()

    def tell(event: dict[str, Any]) -> None:
        # whoever started us may be ending us and listen no more
        with guard, suppress(BrokenPipeError):
            os.write(descriptor, json.dumps(event).encode() + b"\n")

    return tell


class _Watcher:
    """Passes on which node dbt starts and how each ends, as it happens.

    `fitted` has what came of the fits before some, by the node's unique id.
    """

    def __init__(self, tell: Any, fitted: Mapping[str, str]) -> None:
        self.tell = tell
        self.fitted = fitted

    def __call__(self, message: EventMsg) -> None:
        name = message.info.name
        if name == "LogStartLine":
            self.tell(
                {
                    "event": "start",
                    "node": message.data.node_info.unique_id,
                    "total": message.data.total,
                }
            )
        elif name == "NodeFinished":
            result = message.data.run_result
            node = message.data.node_info.unique_id
            self.tell(
                {
                    "event": "finish",
                    "node": node,
                    "status": result.status,
                    "seconds": round(result.execution_time, 2),
                    "message": result.message,
                    "fitted": self.fitted.get(node, ""),
                }
            )


if __name__ == "__main__":
    main(sys.argv[1:])
