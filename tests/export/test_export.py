"""The export folder: whole files of one run, and a manifest that tells."""

from __future__ import annotations

import csv
import dataclasses
import fcntl
import hashlib
import io
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest
from rich.console import Console

from customer360 import warehouse
from customer360.errors import UserError
from customer360.export import export

from .tables import Table

PEOPLE = Table(
    {"id": "text", "name": "text", "spent": "numeric(12,2)", "seen_on": "date"},
    "values ('b', 'Zoë', 1.5, date '2026-06-30'), ('B', null, null, null), "
    "('a', E'two\\nlines, \"quoted\"', -1, null), ('é', '', 0, null)",
)
VISITS = Table(
    {"id": "bigint", "day": "date", "at": "timestamptz", "is_last": "boolean"},
    "values (10, date '2026-06-30', timestamptz '2026-06-30 12:00+02', true), "
    "(9, date '2026-06-30', null, false), (10, date '2026-01-01', null, null)",
    key=("id", "day"),
)


def manifest(folder: Path) -> dict:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def is_whole(folder: Path) -> bool:
    """What a careful reader checks before it uses the files."""
    return all(
        hashlib.sha256((folder / entry["file"]).read_bytes()).hexdigest()
        == entry["sha256"]
        for entry in manifest(folder)["files"]
    )


def test_files_and_manifest(database, publish_tables):
    publication = publish_tables(people=PEOPLE, visits=VISITS)

    files = export(database)

    folder = database.export_dir
    people = (folder / "people.csv").read_bytes()
    # ordered by the bytes of the key, so the same on every server
    assert people.decode("utf-8") == (
        "\ufeffid,name,spent,seen_on\n"
        "B,,,\n"
        'a,"two lines, ""quoted""",-1.00,\n'
        "b,Zoë,1.50,2026-06-30\n"
        'é,"",0.00,\n'
    )
    assert (folder / "visits.csv").read_text(encoding="utf-8-sig") == (
        "id,day,at,is_last\n"
        "9,2026-06-30,,false\n"
        "10,2026-01-01,,\n"
        "10,2026-06-30,2026-06-30T10:00:00,true\n"
    )
    said = manifest(folder)
    assert said["run_id"] == publication.run_id
    assert said["as_of_date"] is None
    assert said["files"][0] == {
        "file": "people.csv",
        "table": "people",
        "rows": 4,
        "bytes": len(people),
        "sha256": hashlib.sha256(people).hexdigest(),
        "primary_key": ["id"],
        "columns": [
            {"name": "id", "type": "text", "sql_type": "text"},
            {"name": "name", "type": "text", "sql_type": "text"},
            {"name": "spent", "type": "decimal", "sql_type": "numeric(12,2)"},
            {"name": "seen_on", "type": "date", "sql_type": "date"},
        ],
    }
    assert [(file.path, file.rows, file.bytes, file.sha256) for file in files] == [
        (folder / entry["file"], entry["rows"], entry["bytes"], entry["sha256"])
        for entry in said["files"]
    ]
    assert sorted(contents(folder)) == ["manifest.json", "people.csv", "visits.csv"]


def test_the_dialect_in_the_manifest_reads_the_files(database, publish_tables):
    publish_tables(people=PEOPLE)
    export(database)
    said = manifest(database.export_dir)
    dialect = said["dialect"]
    text = (database.export_dir / "people.csv").read_bytes().decode(dialect["encoding"])
    assert text.startswith("\ufeff") == dialect["byte_order_mark"]
    rows = list(
        csv.DictReader(
            io.StringIO(text.removeprefix("\ufeff"), newline=""),
            delimiter=dialect["delimiter"],
            quotechar=dialect["quote"],
            lineterminator=dialect["line_terminator"],
            strict=True,
        )
    )
    assert [*rows[0]] == [column["name"] for column in said["files"][0]["columns"]]
    assert len(rows) == said["files"][0]["rows"]


def test_the_same_publication_gives_the_same_bytes(database, publish_tables):
    publish_tables(people=PEOPLE, visits=VISITS)
    export(database)
    first = contents(database.export_dir)
    # the same rows, stored elsewhere and in another order, published again
    backwards = f"select * from (values {PEOPLE.rows[6:]}) as v order by 1 desc"
    publish_tables(
        people=dataclasses.replace(PEOPLE, rows="values ('x', '', 0, null)"),
        visits=VISITS,
    )
    export(database)
    assert contents(database.export_dir) != first
    publish_tables(people=dataclasses.replace(PEOPLE, rows=backwards), visits=VISITS)
    export(database)
    assert contents(database.export_dir) == first


def test_files_of_tables_that_are_gone_are_removed_and_no_others(
    database, publish_tables
):
    folder = database.export_dir
    publish_tables(people=PEOPLE, visits=VISITS)
    export(database)
    (folder / "mine.csv").write_text("mine")
    (folder / "README.md").write_text("mine")

    publish_tables(people=PEOPLE)
    export(database)

    assert sorted(contents(folder)) == [
        "README.md",
        "manifest.json",
        "mine.csv",
        "people.csv",
    ]


@pytest.mark.parametrize(
    "lie", ["../outside.csv", "/outside.csv", "mine.txt", "README.md", ".csv"]
)
def test_a_manifest_cannot_make_it_remove_other_files(database, publish_tables, lie):
    folder = database.export_dir
    folder.mkdir()
    name = lie.replace("/outside", f"{folder.parent}/outside") if lie[0] == "/" else lie
    victim = folder / name
    victim.write_text("mine")
    (folder / "manifest.json").write_text(json.dumps({"files": [{"file": name}]}))
    publish_tables(people=PEOPLE)
    export(database)
    assert victim.read_text() == "mine"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"files": 1}', '{"files": [{}]}'])
def test_a_broken_manifest_is_replaced(database, publish_tables, content):
    database.export_dir.mkdir()
    (database.export_dir / "manifest.json").write_text(content)
    publish_tables(people=PEOPLE)
    export(database)
    assert is_whole(database.export_dir)


def test_permissions_that_somebody_gave_stay(database, publish_tables):
    publish_tables(people=PEOPLE)
    export(database)
    path = database.export_dir / "people.csv"
    assert path.stat().st_mode & 0o777 == 0o600  # personal data
    path.chmod(0o640)
    export(database)
    assert path.stat().st_mode & 0o777 == 0o640


# ---- what goes wrong -----------------------------------------------------


def test_nothing_published_yet(database):
    with pytest.raises(UserError, match="Nothing has been published yet"):
        export(database)
    assert contents(database.export_dir) == {}


def test_a_publication_that_failed_is_none(database, publish_tables):
    broken = dataclasses.replace(PEOPLE, rows="values ('a'), ('a')")
    with pytest.raises(UserError, match="primary key"):
        publish_tables(people=broken)
    with pytest.raises(UserError, match="Nothing has been published yet"):
        export(database)


def test_a_file_in_the_folders_place(database, publish_tables):
    publish_tables(people=PEOPLE)
    for place in (database.export_dir, database.export_dir / "below"):
        database.export_dir.touch()
        with pytest.raises(UserError, match="is not a folder"):
            export(dataclasses.replace(database, export_dir=place))


def test_a_folder_that_is_not_ours(database, publish_tables, tmp_path):
    """As an unprivileged user: root may write anywhere."""
    publish_tables(people=PEOPLE)
    folder = tmp_path / "readonly"
    folder.mkdir()
    if os.geteuid() == 0:
        # a file system that even root cannot write to
        folder = Path("/proc/customer360")
    else:
        folder.chmod(0o500)
    with pytest.raises(UserError, match=r"Cannot export to .*") as error:
        export(dataclasses.replace(database, export_dir=folder))
    assert "\n" not in str(error.value)


def test_a_disk_that_is_full_leaves_the_last_export_whole(database, publish_tables):
    publish_tables(people=PEOPLE, visits=VISITS)
    export(database)
    before = contents(database.export_dir)
    publish_tables(
        people=PEOPLE,
        visits=dataclasses.replace(
            VISITS,
            rows="select n, date '2026-01-01', null, true "
            "from generate_series(1, 20000) as series (n)",
        ),
    )

    # the system refuses to let a file grow, as it does on a full disk
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(UserError, match="no space left"):
            export(database)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert contents(database.export_dir) == before
    export(database)
    assert is_whole(database.export_dir)


def test_a_file_that_cannot_be_replaced_can_be_told_by_the_manifest(
    database, publish_tables
):
    publish_tables(people=PEOPLE, visits=VISITS)
    export(database)
    assert is_whole(database.export_dir)
    publish_tables(
        people=dataclasses.replace(PEOPLE, rows="values ('x', '', 0, null)"),
        visits=VISITS,
    )
    # visits.csv comes after people.csv, which will have been replaced
    (database.export_dir / "visits.csv").unlink()
    (database.export_dir / "visits.csv").mkdir()

    with pytest.raises(UserError, match="Cannot export to"):
        export(database)

    (database.export_dir / "visits.csv").rmdir()
    (database.export_dir / "visits.csv").touch()
    assert not is_whole(database.export_dir)
    export(database)
    assert is_whole(database.export_dir)


def test_one_export_at_a_time(database, publish_tables):
    publish_tables(people=PEOPLE)
    export(database)
    descriptor = os.open(database.export_dir, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        with pytest.raises(UserError, match="Another export"):
            export(database)
    finally:
        os.close(descriptor)
    export(database)


def test_a_killed_export_leaves_the_last_one_whole(database, publish_tables):
    folder = database.export_dir
    publish_tables(people=PEOPLE)
    export(database)
    before = contents(folder)
    many = (
        "select n::text, 'Person ' || n, n, null "
        "from generate_series(1, 200000) as series (n)"
    )
    publish_tables(people=dataclasses.replace(PEOPLE, rows=many), visits=VISITS)
    environment = os.environ | {
        "C360_HOME": str(database.home),
        "C360_DATABASE_URL": database.database_url,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "customer360.cli", "export", "--export", str(folder)],
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    partial = folder / ".people.csv.partial"
    while not (partial.exists() and partial.stat().st_size):
        assert process.poll() is None, "it ended before it could be killed"
    process.send_signal(signal.SIGKILL)
    process.wait()

    left = contents(folder)
    left.pop(partial.name)
    assert left == before
    (folder / ".visits.csv.partial").write_text("older")
    (folder / ".somebodys.partial").write_text("mine")
    export(database)
    assert sorted(contents(folder)) == [
        ".somebodys.partial",
        "manifest.json",
        "people.csv",
        "visits.csv",
    ]
    assert is_whole(folder)


# ---- while things are published ------------------------------------------


def test_exports_are_of_one_run_while_tables_change_all_the_time(
    database, publish_tables
):
    def tables(version: int) -> dict[str, Table]:
        found = {
            name: Table(
                {"id": "integer", "version": "integer"}
                | ({"extra": "text"} if version % 2 else {}),
                f"select n, {version}{', null' if version % 2 else ''} "
                "from generate_series(1, 500) as series (n)",
            )
            for name in ("first", "second", "third")
        }
        # a table that comes and goes
        return found | ({"fourth": found["first"]} if version % 3 else {})

    publish_tables(**tables(0))
    versions: dict[str, int] = {}
    seen = []
    stop = threading.Event()
    errors: list[BaseException] = []

    def export_again() -> None:
        try:
            while not stop.is_set():
                export(database)
                assert is_whole(database.export_dir)
                said = manifest(database.export_dir)
                found = set()
                for entry in said["files"]:
                    text = (database.export_dir / entry["file"]).read_text("utf-8-sig")
                    found |= {
                        row["version"] for row in csv.DictReader(io.StringIO(text))
                    }
                    assert entry["rows"] == 500
                seen.append(
                    (said["run_id"], [entry["file"] for entry in said["files"]], found)
                )
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=export_again)
    thread.start()
    try:
        for version in range(1, 10):
            versions[publish_tables(**tables(version)).run_id] = version
            time.sleep(0.05)
    finally:
        stop.set()
        thread.join()

    assert not errors
    assert len({run for run, _, _ in seen}) > 3
    for run, files, found in seen:
        assert len(found) == 1
        version = int(found.pop())
        assert versions.get(run, 0) == version
        assert ("fourth.csv" in files) == bool(version % 3)


def test_the_reporter_is_enough(database, publish_tables):
    publish_tables(people=PEOPLE)
    with (
        warehouse.connect(database, "reporter") as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("select from marts.people")
    assert export(database)


def test_the_console_says_where_the_files_are(database, publish_tables):
    publish_tables(people=PEOPLE, visits=VISITS)
    console = Console(file=io.StringIO(), width=40)
    export(database, console=console)
    said = console.file.getvalue()
    assert said.startswith("Exported 2 files, 7 rows, 0.0 MB, to ")
    assert str(database.export_dir) in said
    assert said.count("\n") == 1
