"""Airflow's web interface and scheduler for the customer360 DAG, on this machine."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import psutil
from psycopg import sql
from rich.console import Console

from customer360 import warehouse
from customer360.errors import UserError
from customer360.ingest import create_declared_tables
from customer360.pipeline import manifest
from customer360.pipeline.airflow_home import (
    environment,
    keys,
    private_folder,
    write_configuration,
)
from customer360.settings import Settings
from customer360.warehouse.connections import embedded_params
from customer360.warehouse.files import write_private
from customer360.warehouse.location import Embedded, locate
from customer360.warehouse.server import EmbeddedServer

COMPONENTS = {
    "api-server": [],
    # the interface reads logs from the files: no need to serve them to anybody
    "scheduler": ["--skip-serve-logs"],
    "dag-processor": [],
    "triggerer": ["--skip-serve-logs"],
}
ADMIN = "admin"
DATABASE = "airflow"

_READY_SECONDS = 180.0
# they end in one; but a scheduler waits for its tasks, which are tried again anyway
_GRACE_SECONDS = 4.0


def serve(settings: Settings, port: int, *, console: Console | None = None) -> None:
    """Run Airflow on the loopback address until Ctrl-C; stops all that it started.

    Raises `UserError` when the port is taken or Airflow does not come up.
    """
    console = console or Console()
    home = settings.home / "airflow"
    private_folder(home)
    with ExitStack() as stack:
        stack.enter_context(_alone(home))
        _check_port(port)
        stack.enter_context(_interruptible())
        with console.status("Preparing the database and the dbt project …"):
            warehouse.ensure_ready(settings)
            create_declared_tables(settings)
            manifest.ensure(settings)
            is_new = _configure(settings, home, port)
        with console.status("Preparing Airflow's own database …"):
            _migrate(settings, home)
        components = stack.enter_context(_running(settings, home))
        with console.status("Starting Airflow …") as status:
            _wait_until_ready(home, port, components, status)
        _say_ready(console, home, port, is_new)
        while not (ended := _ended(components)):
            time.sleep(0.5)
        raise UserError(f"Airflow's {ended} has ended: see {_log(home, ended)}")


# ---- what it needs -------------------------------------------------------


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    with (home / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(
                "Airflow is running already: use that one, or stop it with Ctrl-C "
                "where it was started."
            ) from None
        yield


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        # a server that has just stopped leaves the port waiting, which is no harm
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise UserError(
                f"Port {port} is reserved for the system: choose one above 1023 with "
                "--port."
            ) from None
        except OSError:
            raise UserError(
                f"Port {port} is taken by another program: stop it, or choose another "
                "port with --port."
            ) from None


def _configure(settings: Settings, home: Path, port: int) -> bool:
    """Write the configuration; returns whether the password was made just now."""
    made = keys(home)
    passwords = home / "password.json"
    is_new = not passwords.exists()
    if is_new:
        write_private(passwords, json.dumps({ADMIN: secrets.token_urlsafe(12)}))
    url = f"http://127.0.0.1:{port}"
    write_configuration(
        home,
        metadata_url=_metadata_url(settings, home),
        more={
            "core": {
                "fernet_key": made["fernet_key"],
                "simple_auth_manager_passwords_file": passwords,
                "execution_api_server_url": f"{url}/execution/",
                "dags_are_paused_at_creation": False,
                "parallelism": max(4, os.cpu_count() or 1),
            },
            "api": {
                "host": "127.0.0.1",
                "port": port,
                "base_url": url,
                "secret_key": made["secret_key"],
                "workers": 1,
            },
            "api_auth": {"jwt_secret": made["jwt_secret"]},
            "scheduler": {
                # a second between each two tasks is most of what a small run takes
                "scheduler_idle_sleep_time": 0.5,
                # a task that was killed is noticed after this long
                "task_instance_heartbeat_timeout": 60,
            },
            "dag_processor": {"parsing_processes": 1},
        },
    )
    return is_new


def _metadata_url(settings: Settings, home: Path) -> str:
    where = locate(settings)
    if not isinstance(where, Embedded):
        # no place to make a database without asking
        return f"sqlite:///{home}/airflow.db"
    name = sql.Identifier(DATABASE)
    with warehouse.connect(settings, "admin", autocommit=True) as connection:
        found = connection.execute(
            "select to_regrole(%(name)s) is not null, "
            "exists(select from pg_database where datname = %(name)s)",
            {"name": DATABASE},
        ).fetchone()
        has_role, has_database = found or (False, False)
        if not has_role:
            connection.execute(sql.SQL("create role {} login").format(name))
        if not has_database:
            connection.execute(sql.SQL("create database {0} owner {0}").format(name))
    way = embedded_params(EmbeddedServer(where.home), DATABASE, DATABASE)
    return (
        f"postgresql+psycopg2://{DATABASE}@/{DATABASE}"
        f"?host={way['host']}&port={way['port']}"
    )


def _migrate(settings: Settings, home: Path) -> None:
    with _log(home, "db").open("wb") as log:
        failed = _start("db", ["migrate"], environment(settings, home), log).wait()
    if failed:
        raise UserError(
            f"Airflow's database could not be set up: see {_log(home, 'db')}"
        )


# ---- its processes -------------------------------------------------------


@contextmanager
def _running(
    settings: Settings, home: Path
) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    components: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, flags in COMPONENTS.items():
            with _log(home, name).open("wb") as log:
                components[name] = _start(name, flags, environment(settings, home), log)
        yield components
    finally:
        _stop(list(components.values()))


def _start(
    name: str, flags: list[str], env: dict[str, str], log: IO[bytes]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            *(sys.executable, "-P", "-m", "customer360.pipeline.airflow_component"),
            *(str(os.getpid()), name, *flags),
        ],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        # Ctrl-C at the terminal is for us: we end them in good order
        start_new_session=True,
    )


def _stop(components: list[subprocess.Popen[bytes]]) -> None:
    """End the components, their tasks, and whatever those started."""
    family = _with_descendants(component.pid for component in components)
    for component in components:
        component.terminate()
    _, alive = psutil.wait_procs(family, timeout=_GRACE_SECONDS)
    # what still lives may have started more
    for process in _with_descendants(process.pid for process in alive):
        with suppress(psutil.NoSuchProcess):
            process.kill()
    for component in components:
        component.wait()


def _with_descendants(pids: Iterable[int]) -> list[psutil.Process]:
    found: dict[int, psutil.Process] = {}
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            for member in (process, *process.children(recursive=True)):
                found[member.pid] = member
    return list(found.values())


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let a request to end do what Ctrl-C does."""

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _ended(components: dict[str, subprocess.Popen[bytes]]) -> str | None:
    return next((n for n, p in components.items() if p.poll() is not None), None)


def _log(home: Path, name: str) -> Path:
    folder = home / "logs"
    private_folder(folder)
    return folder / f"{name}.log"


# ---- telling -------------------------------------------------------------


def _wait_until_ready(
    home: Path, port: int, components: dict[str, subprocess.Popen[bytes]], status: Any
) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while missing := _missing(home, port):
        if ended := _ended(components):
            raise UserError(f"Airflow's {ended} did not start: see {_log(home, ended)}")
        if time.monotonic() > deadline:
            raise UserError(
                f"Airflow did not get ready within {_READY_SECONDS:.0f} s, "
                f"{missing} is missing: see the logs in {home / 'logs'}"
            )
        status.update(f"Starting Airflow: waiting for its {missing} …")
        time.sleep(0.3)


def _missing(home: Path, port: int) -> str | None:
    """What is not ready yet."""
    url = f"http://127.0.0.1:{port}"
    try:
        health = _ask(f"{url}/api/v2/monitor/health")
        for part in ("metadatabase", "scheduler", "dag_processor", "triggerer"):
            if (health.get(part) or {}).get("status") != "healthy":
                return part.replace("_", " ")
        password = json.loads((home / "password.json").read_text())[ADMIN]
        token = _ask(
            f"{url}/auth/token", body={"username": ADMIN, "password": password}
        )["access_token"]
        _ask(f"{url}/api/v2/dags/customer360", token=token)
        # the first task would otherwise wait while this is being put together
        _ask(f"{url}/execution/health")
    except urllib.error.HTTPError as error:
        return "DAG" if error.code == 404 else "web interface"
    except OSError:
        return "web interface"
    return None


def _ask(url: str, *, body: Any = None, token: str = "") -> Any:
    request = urllib.request.Request(  # noqa: S310
        url,
        data=json.dumps(body).encode() if body else None,
        headers={"Content-Type": "application/json"}
        | ({"Authorization": f"Bearer {token}"} if token else {}),
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(request, timeout=10) as answer:
        return json.load(answer)


def _say_ready(console: Console, home: Path, port: int, is_new: bool) -> None:
    passwords = home / "password.json"
    console.print(
        f"[bold green]Airflow is ready:[/] http://127.0.0.1:{port}", highlight=False
    )
    if is_new:
        password = json.loads(passwords.read_text())[ADMIN]
        login = f"user {ADMIN}, password {password}\n(kept in {passwords})"
    else:
        login = f"user {ADMIN}, password as in {passwords}"
    console.print(login, markup=False, highlight=False, soft_wrap=True)
    console.print("Ctrl-C stops it.")
