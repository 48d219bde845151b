"""dbt in a process of its own, forked from one that has imported it.

An import takes dbt two seconds, of the four or five that it takes in all to do
little. There is one process to fork from for each that runs tests.
"""

from __future__ import annotations

import dataclasses
import datetime
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

from customer360.pipeline.processes import keep_garbage
from customer360.settings import ROOT

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["customer360.pipeline.dbt_process"])


@dataclasses.dataclass(frozen=True)
class ForkedDbt:
    """A dbt that was started, and where it writes what it says."""

    process: BaseProcess
    output: Path

    @classmethod
    def start(
        cls,
        arguments: Sequence[str | Path],
        environment: Mapping[str, str],
        *,
        hours: int = 0,
    ) -> ForkedDbt:
        """Start dbt as the product does, with nothing else in its environment.

        `hours`: how far its clock is ahead of the machine's.
        """
        descriptor, output = tempfile.mkstemp(prefix="dbt-", suffix=".log")
        os.close(descriptor)
        process = _FORKS.Process(
            target=_run, args=([*map(str, arguments)], {**environment}, output, hours)
        )
        process.start()
        return cls(process, Path(output))

    def wait(self) -> tuple[int, str]:
        """Wait for its end; exit code and output."""
        self.process.join()
        code = self.process.exitcode
        assert code is not None
        self.process.close()
        said = self.output.read_text(encoding="utf-8")
        self.output.unlink()
        return code, said

    def kill(self) -> None:
        """Kill it, whatever it is at."""
        self.process.kill()
        self.wait()


def _run(
    arguments: list[str], environment: dict[str, str], output: str, hours: int
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    written = os.open(output, os.O_WRONLY | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(written, stream)
    if hours:
        _set_clocks(datetime.timedelta(hours=hours))
    keep_garbage()
    from customer360.pipeline.dbt_process import cli, keep_connections, spare_repeats

    keep_connections()
    spare_repeats()
    sys.argv = ["dbt", *arguments]
    cli(prog_name="dbt")


def _set_clocks(ahead: datetime.timedelta) -> None:
    """Have whoever asks for the time be told one that is not the machine's."""
    right = datetime.datetime

    class Ahead(right):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:
            return right.now(tz) + ahead

    for module in [*sys.modules.values()]:
        if vars(module).get("datetime") is right:
            module.datetime = Ahead
