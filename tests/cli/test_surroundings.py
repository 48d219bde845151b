"""What a machine, a disk or a server refuses: one line, and nothing lost."""

from __future__ import annotations

import getpass
import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from export.tables import Table, publish_as_built

from customer360 import warehouse
from customer360.settings import Settings

from .command import Person, closed, on_a_small_disk, without_rights

# ---- rights ----------------------------------------------------------------

LOAD = "customer_id,email\n1,ann@example.org\n"


@pytest.mark.parametrize("command", ["load", "run"])
def test_landing_folder_that_may_not_be_read(person: Person, command: str) -> None:
    with closed(person.landing, 0):
        line = person.errs(command, through=without_rights())
    assert line == (
        f"The landing folder cannot be read (Permission denied): {person.landing}. "
        "Put that right, or name another with --landing or C360_LANDING_DIR."
    )


@pytest.mark.parametrize("command", ["export", "run"])
def test_export_folder_that_may_not_be_written_to(person: Person, command: str) -> None:
    person.export.mkdir()
    with closed(person.export, 0o500):
        line = person.errs(command, through=without_rights())
    assert line.startswith(f"Cannot export to {person.export}: this user may not write")
    assert line.endswith(
        "Put that right, or set C360_EXPORT_DIR (or --export) to another folder."
    )


@pytest.mark.parametrize("command", ["db start", "run", "airflow"])
def test_home_that_may_not_be_written_to(person: Person, command: str) -> None:
    person.home.mkdir()
    if command == "db start":
        person = person.but_with(C360_DATABASE_URL="")
    with closed(person.home, 0o500):
        line = person.errs(*command.split(), through=without_rights())
    assert re.fullmatch(
        rf"No permission for {person.home}/\w+: run this as the user it belongs to, or "
        r"set C360_HOME to a folder of your own\.",
        line,
    )


def test_example_data_where_nothing_may_be_written(person: Person) -> None:
    with closed(person.landing, 0o500):
        line = person.errs("generate", "--customers=5", through=without_rights())
    assert line.startswith(f"cannot write files to {person.landing}: Permission denied")


# ---- disks -----------------------------------------------------------------


def test_example_data_on_a_full_disk(person: Person) -> None:
    disk = person.folder / "disk"
    small = on_a_small_disk(disk, "100k")
    line = person.errs("generate", "--landing", disk / "landing", through=small)
    assert f"cannot write files to {disk}/landing" in line
    assert "No space left on device. Put that right, or choose another folder" in line


def test_export_to_a_full_disk(
    own_database: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = own_database
    target = Path(person.environment["DBT_TARGET_PATH"])
    monkeypatch.setenv("DBT_TARGET_PATH", str(target))
    rows = "select g, md5(g::text) from generate_series(1, 10000) as g"
    publish_as_built(
        settings_of(person),
        target,
        {"people": Table({"id": "int", "name": "text"}, rows)},
    )
    disk = person.folder / "disk"
    small = on_a_small_disk(disk, "100k")
    line = person.errs("export", "--export", disk / "export", through=small)
    assert line == (
        f"Cannot export to {disk}/export: there is no space left for the files. Put "
        "that right, or set C360_EXPORT_DIR (or --export) to another folder."
    )
    done = person.types("export")
    assert done.returncode == 0, done.stderr
    assert (person.export / "people.csv").read_bytes().count(b"\n") == 10_001


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_to_a_full_disk(person: Person) -> None:
    with (
        Path("/dev/full").open("w") as full,
        person.starts("db", "env", stdout=full) as command,
    ):
        _, err = command.communicate()
    assert command.returncode == 2
    assert person.the_line(err) == (
        "No space is left: free some and run the command again."
    )


def settings_of(person: Person) -> Settings:
    return Settings(
        person.home,
        person.environment["C360_DATABASE_URL"],
        person.landing,
        person.export,
    )


# ---- ports and servers -----------------------------------------------------


def test_port_of_airflow_that_is_taken(person: Person) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = person.errs("airflow", "--port", str(port))
    assert line == (
        f"Port {port} is taken by another program: stop it, or choose another port "
        "with --port."
    )


def test_status_of_a_server_that_does_not_answer(person: Person) -> None:
    url = f"postgresql://me:{person.password}@127.0.0.1:1/sales"
    done = person.but_with(C360_DATABASE_URL=url).types("db", "status")
    assert done.returncode == 2
    assert person.the_line(done.stderr).startswith("No PostgreSQL answers on 127.0.0.1")
    for told in ("sales, from C360_DATABASE_URL", "me", "no answer"):
        assert told in done.stdout


@contextmanager
def passed_on(port: int, change: Callable[[bytes], bytes]) -> Iterator[tuple[str, int]]:
    """An address that leads to a local port; what comes from there is changed."""

    def copy(source: socket.socket, to: socket.socket, back: bool) -> None:
        with suppress(OSError):
            while block := source.recv(65536):
                to.sendall(change(block) if back else block)
        with suppress(OSError):
            to.shutdown(socket.SHUT_WR)

    def accept(listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                server = socket.create_connection(("127.0.0.1", port))
                for ends in ((client, server, False), (server, client, True)):
                    threading.Thread(target=copy, args=ends, daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=accept, args=(listening,), daemon=True).start()
        yield listening.getsockname()


def test_server_that_is_too_old(person: Person) -> None:
    """A real server, but for the version that it tells when somebody connects."""
    url = person.environment["C360_DATABASE_URL"]
    port = int(psycopg.conninfo.conninfo_to_dict(url)["port"])

    def older(block: bytes) -> bytes:
        return re.sub(rb"(server_version\0)\d\d", rb"\g<1>14", block)

    with passed_on(port, older) as (_, its_port):
        old = person.but_with(
            C360_DATABASE_URL=url.replace(f":{port}/", f":{its_port}/")
        )
        line = old.errs("db", "start")
    assert line == (
        "The server is PostgreSQL 14; Customer 360 needs PostgreSQL 15 or newer."
    )


# ---- another run -----------------------------------------------------------


def test_second_run_is_told_whose_the_first_is(person: Person) -> None:
    (person.landing / "csv_customers.csv").write_text(LOAD)
    with warehouse.pipeline_lock(settings_of(person)):
        for words in (["run"], ["publish"], ["load"], ["dbt", "seed"]):
            done = person.types(*words)
            assert done.returncode == 2, words
            assert re.fullmatch(
                r"Another run is using this database since \d\d:\d\d UTC "
                rf"\(process {os.getpid()} of {getpass.getuser()}@\S+\): wait until it "
                r"has ended, or stop it\.",
                person.the_line(done.stderr),
            ), words
        # who only looks need not wait
        assert person.types("db", "status").returncode == 0
