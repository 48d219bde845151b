"""How the pipeline's steps say where they are: to a task's log, or to a person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import psycopg
from rich.console import Console

from customer360 import warehouse
from customer360.errors import UserError
from customer360.pipeline.messages import without_values
from customer360.settings import Settings


class Listener(Protocol):
    """Somebody who wants to know."""

    def began(self, step: str, what: str) -> None:
        """A step began; `what` says on what, and may be empty."""

    def moved(self, done: int, total: int, current: str) -> None:
        """The step has done so much; `total` is 0 when nobody knows."""

    def ended(self, step: str, result: str) -> None:
        """The step succeeded."""

    def failed(self, step: str, reason: str, *, for_good: bool, mistake: bool) -> None:
        """The step failed; it may be tried again unless `for_good`.

        `mistake` when a person has to put something right.
        """

    @property
    def is_interrupted(self) -> bool:
        """Whether somebody wants the run to end now."""


class _Log:
    """The log of the task that the step runs in: what it prints."""

    def began(self, step: str, what: str) -> None:
        if what:
            print(what)

    def moved(self, done: int, total: int, current: str) -> None:
        pass  # dbt's own lines tell

    def ended(self, step: str, result: str) -> None:
        if result:
            print(result)

    def failed(self, step: str, reason: str, *, for_good: bool, mistake: bool) -> None:
        print(reason)

    is_interrupted = False


listener: Listener = _Log()
"""Whom the steps tell; a run in process puts a display here."""
console: Console | None = None
"""Where what is meant for a person goes; None: to the task's log."""


class Step:
    """A step that is under way."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.result = ""
        """What to say when it has ended."""

    def moved(self, done: int, total: int, current: str) -> None:
        """So much is done."""
        listener.moved(done, total, current)


class Hopeless(Exception):
    """A failure that trying again cannot mend; the message is for people."""


@contextmanager
def step(name: str, what: str = "") -> Iterator[Step]:
    """Run a step of the pipeline as a task of Airflow's.

    A person's mistake and what is `Hopeless` fail the task at once. Anything else
    leaves it to the task's retries, and so does whatever goes wrong while the
    database does not answer.
    """
    from airflow.sdk.exceptions import AirflowFailException

    if listener.is_interrupted:
        raise AirflowFailException("interrupted")
    current = Step(name)
    listener.began(name, what)
    try:
        yield current
    except KeyboardInterrupt:
        if not listener.is_interrupted:
            raise
        # Airflow would take it for a failure that is worth another try
        listener.failed(name, "interrupted", for_good=True, mistake=False)
        raise AirflowFailException("interrupted") from None
    except (UserError, Hopeless) as error:
        for_good = isinstance(error, Hopeless) or _database_answers()
        mistake = isinstance(error, UserError)
        listener.failed(name, str(error), for_good=for_good, mistake=mistake)
        failure = AirflowFailException if for_good else RuntimeError
        raise failure(str(error)) from None
    except psycopg.Error as error:
        reason = f"{type(error).__name__}: {without_values(str(error))}"
        listener.failed(name, reason, for_good=False, mistake=False)
        raise RuntimeError(reason) from None
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        listener.failed(name, reason, for_good=False, mistake=False)
        raise
    listener.ended(name, current.result)


def _database_answers() -> bool:
    try:
        warehouse.connect(Settings.from_env(), "transformer").close()
    except UserError:
        return False
    return True
