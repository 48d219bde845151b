"""A run's progress on a terminal: what is done, what is being done, how far it is."""

from __future__ import annotations

import time
from dataclasses import dataclass

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from customer360.pipeline.board import name_of

_LINE_SECONDS = 5.0
_RETRY = "trying again shortly"


@dataclass(frozen=True)
class Failure:
    """Why a step failed."""

    step: str
    reason: str
    mistake: bool
    """Whether a person has to put something right."""
    is_final: bool
    """Whether it was not tried again."""


class Display:
    """Shows the steps of one run; use it as a context manager around the run."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.failures: list[Failure] = []
        self.is_interrupted = False
        self._progress = Progress(
            SpinnerColumn(finished_text=" "),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[count]}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[current]}", style="dim", markup=False),
            console=console,
            transient=True,
        )
        self._task: TaskID | None = None
        self._name = ""
        self._began = self._told = 0.0

    def __enter__(self) -> Display:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def began(self, step: str, what: str) -> None:
        """Show a step as the current one."""
        if self._task is not None:  # it did not say that it had ended
            self.ended(self._name, "")
        self._name = _short(step)
        self._began = self._told = time.monotonic()
        if not self.console.is_terminal:
            self.console.print(Text(f"… {self._name} {what}".rstrip()), soft_wrap=True)
        self._task = self._progress.add_task(
            self._name, total=None, count="", current=what
        )

    def moved(self, done: int, total: int, current: str) -> None:
        """Show how far the current step is; `current` is a node of dbt's."""
        name = name_of(current) if current else ""
        count = f"{done}/{total}" if total else ""
        if self._task is not None:
            self._progress.update(
                self._task,
                completed=done,
                total=total or None,
                count=count,
                current=name,
            )
        now = time.monotonic()
        if not self.console.is_terminal and now - self._told >= _LINE_SECONDS:
            self._told = now
            self.console.print(Text(f"… {self._name} {count} {name}"), soft_wrap=True)

    def ended(self, step: str, result: str) -> None:
        """Leave a line for the step, and its result."""
        self.failures = [f for f in self.failures if f.is_final or f.step != step]
        self._line("[green]✓[/]", step, result)

    def failed(self, step: str, reason: str, *, for_good: bool, mistake: bool) -> None:
        """Leave a line for a step that is tried again; remember any failure."""
        self.failures = [f for f in self.failures if f.is_final or f.step != step]
        self.failures.append(Failure(step, reason, mistake, for_good))
        if for_good:
            self._line("[red]✗[/]", step, "")
        else:
            self._line("[yellow]![/]", step, f"{reason}; {_RETRY}")

    def _line(self, sign: str, step: str, text: str) -> None:
        seconds = time.monotonic() - self._began
        self._finish()
        line = Text.from_markup(f"{sign} {_short(step):<9}")
        line.append(f"{seconds:5.1f} s  ", style="dim").append(text)
        if step != "summary":
            self.console.print(line, soft_wrap=True)

    def _finish(self) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None


def _short(step: str) -> str:
    # dbt.build is the one task of its stage that a run in process has
    return step.removesuffix(".build")
