"""`customer360` as a person types it, in a process of its own."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CUSTOMER360 = Path(sys.executable).with_name("customer360")

PATIENCE = 120.0
"""Seconds that a busy machine may take for a command that needs one."""


@dataclasses.dataclass(frozen=True)
class Person:
    """Somebody with a folder of their own, and an environment that leads there."""

    folder: Path
    environment: Mapping[str, str]
    password: str
    """What no message may hold."""

    @property
    def landing(self) -> Path:
        return self.folder / "landing"

    @property
    def export(self) -> Path:
        return self.folder / "export"

    @property
    def home(self) -> Path:
        return Path(self.environment["C360_HOME"])

    def but_with(self, **changes: str | Path) -> Person:
        """The same person after `export NAME=value`."""
        changed = {name: str(value) for name, value in changes.items()}
        return dataclasses.replace(self, environment={**self.environment, **changed})

    @contextmanager
    def starts(
        self, *words: str | Path, **options: Any
    ) -> Iterator[subprocess.Popen[str]]:
        """Type a command; it runs in a process group of its own, to the block's end."""
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        command = subprocess.Popen(
            [CUSTOMER360, *words],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            **(streams | options),
        )
        try:
            yield command
        finally:
            if command.poll() is None:
                os.killpg(command.pid, signal.SIGKILL)
            command.wait()

    def types(
        self, *words: str | Path, through: tuple[str | Path, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Type a command and wait for its end; `through` is a program that runs it."""
        done = subprocess.run(
            [*through, CUSTOMER360, *words],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        self.check_discretion(done.stdout + done.stderr)
        return done

    def errs(self, *words: str | Path, through: tuple[str | Path, ...] = ()) -> str:
        """Type a command that can't begin; returns the one line that says why."""
        done = self.types(*words, through=through)
        assert done.returncode == 2, done.stdout + done.stderr
        assert not done.stdout, "nothing has been begun"
        return self.the_line(done.stderr)

    def the_line(self, stderr: str) -> str:
        """The one line on stderr, of a width that no terminal has broken."""
        line, end, rest = stderr.partition("\n")
        assert (end, rest) == ("\n", ""), stderr
        assert line.startswith("error: "), line
        return line.removeprefix("error: ")

    def check_discretion(self, said: str) -> None:
        """Neither a fault of ours nor a secret of theirs is in what was said."""
        assert "Traceback" not in said, said
        assert self.password not in said, said


def without_rights() -> tuple[str | Path, ...]:
    """Program through which a command has no right that a file does not give it.

    Root may read and write everything: without the capability for that it is like
    anybody else.
    """
    if os.geteuid() != 0:
        return ()
    setpriv = shutil.which("setpriv")
    if not setpriv:
        pytest.skip("needs setpriv, to be root without root's rights")
    return (
        setpriv,
        "--bounding-set=-dac_override,-dac_read_search",
        "--inh-caps=-all",
    )


@contextmanager
def closed(path: Path, mode: int) -> Iterator[None]:
    """Take rights on a file or folder away from its owner, for a while."""
    before = path.stat().st_mode
    path.chmod(mode)
    try:
        yield
    finally:
        path.chmod(before)


def on_a_small_disk(folder: Path, size: str) -> tuple[str | Path, ...]:
    """Program that runs a command where `folder` is a disk of this size (root)."""
    folder.mkdir()
    mount = f'mount -t tmpfs -o size={size} tmpfs "$0"'
    unshare = ("unshare", "--mount", "sh", "-c")
    allowed = subprocess.run([*unshare, mount, folder], capture_output=True)
    if allowed.returncode:
        pytest.skip("mounting is not allowed here")
    return (*unshare, f'{mount} && exec "$@"', folder)
