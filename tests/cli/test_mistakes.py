"""What a person can do wrong: one line that says what to do, and exit code 2."""

from __future__ import annotations

import dataclasses
import re
import shlex
from collections.abc import Mapping
from urllib.parse import urlsplit

import pytest

from customer360.settings import ROOT

from .command import Person

SECRET = "Pa55word-in-a-url"


@dataclasses.dataclass(frozen=True)
class Mistake:
    """What somebody types, and what has to be said of it.

    In the command and in the environment `{folder}` is the person's own: it holds
    an empty landing folder and a file. `{server}` is that of the database, as in
    `postgresql://user:password@{server}/name`, and `{password}` the right one.
    """

    command: str
    said: str
    """Regular expression for the whole line."""
    environment: Mapping[str, str]


def mistake(command: str, said: str, **environment: str) -> Mistake:
    return Mistake(command, said, environment)


def with_url(rest: str, command: str, said: str) -> Mistake:
    """The mistake of somebody whose database has this URL, but for its beginning."""
    return mistake(command, said, C360_DATABASE_URL=f"postgresql://{rest}")


NO_LANDING = (
    r"The landing folder /\S+ {}: put files there, or name another with --landing or "
    r"C360_LANDING_DIR\."
)
NO_EXPORT = (
    r"The export folder /\S+ is not a folder: set C360_EXPORT_DIR \(or --export\) to "
    r"one\."
)
NO_HOME = r"{}: /\S+\. Set C360_HOME to a folder that can be written to\."
UNSPEAKABLE = (
    r"{} must be a path without line breaks, other control characters or bytes that "
    r"are not UTF-8, not '.*'\."
)
NO_SERVER = (
    r"No PostgreSQL answers on 127\.0\.0\.1, port 1: is it running\? If so, correct "
    r"C360_DATABASE_URL\."
)
NOT_LET_IN = (
    r"127\.0\.0\.1 does not accept the user {} with this password: correct "
    r"C360_DATABASE_URL \(special characters are written percent-encoded\)\."
)
NO_CONNECTION = r"No connection to C360_DATABASE_URL \({}\): correct it\."
NOT_MADE = r"The embedded database has not been made yet: run customer360 db start\."
USAGE = r"{} \(see customer360{} --help\)\."

FOLDERS = {
    "no landing folder": mistake(
        "load --landing {folder}/nowhere", NO_LANDING.format("does not exist")
    ),
    "no landing folder for a run": mistake(
        "run --landing nowhere", NO_LANDING.format("does not exist")
    ),
    "landing in the environment is a file": mistake(
        "load",
        NO_LANDING.format("is not a folder"),
        C360_LANDING_DIR="{folder}/file",
    ),
    "landing is nothing": mistake(
        "load --landing ''", r"--landing names no folder: it is empty\."
    ),
    "landing of nobody": mistake(
        "load",
        r"C360_LANDING_DIR leads to no folder: ~nobody-we-know/in\. Give its whole "
        r"path\.",
        C360_LANDING_DIR="~nobody-we-know/in",
    ),
    "landing with a line break": mistake(
        "load",
        UNSPEAKABLE.format("C360_LANDING_DIR"),
        C360_LANDING_DIR="{folder}/a\nb",
    ),
    "export folder below a file": mistake("run --export file/exports", NO_EXPORT),
    "export folder in the environment is a file": mistake(
        "export", NO_EXPORT, C360_EXPORT_DIR="{folder}/file"
    ),
    "home below a file, for the embedded server": mistake(
        "db start",
        NO_HOME.format("Not a directory"),
        C360_HOME="{folder}/file/home",
        C360_DATABASE_URL="",
    ),
    "home below a file, for a run": mistake(
        "run", NO_HOME.format("Not a directory"), C360_HOME="{folder}/file/home"
    ),
    "home below a file, for Airflow": mistake(
        "airflow", NO_HOME.format("Not a directory"), C360_HOME="{folder}/file/home"
    ),
    "home with a name that is too long": mistake(
        "run", NO_HOME.format("File name too long"), C360_HOME="x" * 300
    ),
    "home with bytes that are no text": mistake(
        "db status", UNSPEAKABLE.format("C360_HOME"), C360_HOME="{folder}/\udcff"
    ),
    "truth below a file": mistake(
        "generate --customers 5",
        r"cannot write files to /\S+/file/home/truth: Not a directory\. Put that "
        r"right, or choose another folder \(--landing for the files, C360_HOME for "
        r"their truth\)\.",
        C360_HOME="{folder}/file/home",
    ),
}

DATABASES = {
    "URL of another kind of database": mistake(
        "db start",
        r"C360_DATABASE_URL must look like postgresql://user:password@host:5432/"
        r"database \(or embedded:///NAME\); it starts with mysql://\.",
        C360_DATABASE_URL=f"mysql://me:{SECRET}@localhost/d",
    ),
    "URL that is none": mistake(
        "db start",
        r"C360_DATABASE_URL must look like .* \(or embedded:///NAME\)\.",
        C360_DATABASE_URL=f"localhost {SECRET}",
    ),
    "URL with a sign that is not encoded": with_url(
        f"me:{SECRET}%@localhost/d",
        "db start",
        r"C360_DATABASE_URL cannot be read\. Write special characters in the user "
        r"name or password percent-encoded \(.*\)\.",
    ),
    "URL without a database": with_url(
        f"me:{SECRET}@localhost",
        "db status",
        r"C360_DATABASE_URL names no database: add it after the host, as in .*\.",
    ),
    "URL with a port that is none": with_url(
        f"me:{SECRET}@localhost:99999/d",
        "db env",
        r"C360_DATABASE_URL: the port must be a number below 65536\.",
    ),
    "URL with a bad option of psycopg's": with_url(
        f"me:{SECRET}@localhost/d?connect_timeout=x",
        "db start",
        NO_CONNECTION.format("bad value for connect_timeout: 'x'"),
    ),
    "URL with a bad option of libpq's": with_url(
        f"me:{SECRET}@127.0.0.1:1/d?sslmode=x",
        "db start",
        NO_CONNECTION.format('invalid sslmode value: "x"'),
    ),
    "URL with options that we set": with_url(
        f"me:{SECRET}@127.0.0.1:1/d?application_name=mine&client_encoding=latin1",
        "db start",
        NO_SERVER,
    ),
    "embedded database with a bad name": mistake(
        "db start",
        r"C360_DATABASE_URL must be embedded:///NAME with a NAME of small letters, "
        r"digits and underscores, such as embedded:///customer360\.",
        C360_DATABASE_URL="embedded:///My Data",
    ),
    "host that nobody knows": with_url(
        f"me:{SECRET}@no-such-host.invalid/d",
        "db start",
        r"No host named no-such-host\.invalid is known: correct C360_DATABASE_URL\.",
    ),
    **{
        f"no server, for {command}": with_url(
            f"me:{SECRET}@127.0.0.1:1/d", command, NO_SERVER
        )
        for command in (
            *("run", "export", "airflow", "generate --if-new", "dbt ls"),
            *("db env", "db psql"),
        )
    },
    "wrong password": with_url(
        f"postgres:{SECRET}@{{server}}/postgres",
        "db start",
        NOT_LET_IN.format("postgres"),
    ),
    "no password": with_url(
        "postgres@{server}/postgres", "db start", NOT_LET_IN.format("postgres")
    ),
    "database that does not exist": with_url(
        "postgres:{password}@{server}/nowhere",
        "publish",
        r"The database nowhere does not exist on 127\.0\.0\.1: create it \(createdb "
        r"-h 127\.0\.0\.1 -p \d+ -U postgres -E UTF8 -T template0 nowhere\), or "
        r"correct C360_DATABASE_URL\.",
    ),
    "env of an embedded server that never was": mistake(
        "db env", NOT_MADE, C360_DATABASE_URL=""
    ),
    "psql on an embedded server that never was": mistake(
        "db psql", NOT_MADE, C360_DATABASE_URL="embedded:///mine"
    ),
}

WORDS = {
    "a date that is none": mistake(
        "run --as-of yesterday",
        USAGE.format(
            "Invalid value for '--as-of': 'yesterday' is not a date like 2026-01-31",
            " run",
        ),
    ),
    "a date that the calendar lacks": mistake(
        "generate --until 2026-02-30",
        USAGE.format(
            "Invalid value for '--until': '2026-02-30' is not a date like 2026-01-31",
            " generate",
        ),
    ),
    "a year that is out of range": mistake(
        "generate --until 1492-10-12",
        r"The last day must lie in the years 1975 to 2200\.",
    ),
    "a mode that is none": mistake(
        "load --mode ''", r"The mode must be append or overwrite, not ''\."
    ),
    "a number that is too great": mistake(
        "generate --customers 999999999999",
        USAGE.format("Invalid value for '--customers': .* 100000000", " generate"),
    ),
    "a port that is none": mistake(
        "airflow --port http",
        USAGE.format("Invalid value for '--port': .* valid integer.*", " airflow"),
    ),
    "an option that is none": mistake(
        "run --ladning x",
        USAGE.format(r"No such option: --ladning \(.*--landing\)", " run"),
    ),
    "an option without its value": mistake(
        "run --landing", USAGE.format("Option '--landing' requires an argument", "")
    ),
    "an argument too many": mistake(
        "publish everything",
        USAGE.format(r"Got unexpected extra argument\(s\) \(everything\)", " publish"),
    ),
    "a command that is none": mistake(
        "pubish", USAGE.format("No such command 'pubish'.*", "")
    ),
    "a command of db that is none": mistake(
        "db restart", USAGE.format("No such command 'restart'.*", " db")
    ),
    "connections that are not there": mistake(
        "fetch",
        r"No connection is declared: there is none in \S+/nowhere\.yml\.",
        C360_CONNECTIONS="{folder}/nowhere.yml",
    ),
    "connections in a folder": mistake(
        "run", r"\S+ cannot be read: Is a directory\.", C360_CONNECTIONS="{folder}"
    ),
    "neither offline nor not": mistake(
        "dbt ls", r"C360_OFFLINE must be 0 or 1, not 'false'\.", C360_OFFLINE="false"
    ),
    "a customer that is none": mistake(
        "explain Miller",
        r"Miller is neither a customer's key, of 32 digits and letters a to f, nor a "
        r"record's SYSTEM:ENTITY:ID\.",
    ),
    "a record without its entity": mistake(
        "explain shop:customers:7 shop:8",
        r"shop:8 is no record: name it as SYSTEM:ENTITY:ID\.",
    ),
    "explain before anything was built": mistake(
        "explain shop:customers:7",
        r"The customers have not been built yet: run customer360 run first\.",
    ),
    "publish before anything was built": mistake(
        "publish",
        r"Nothing to publish: dbt has built nothing yet\. Run customer360 dbt build "
        r"first \(there is no /\S+/manifest\.json\)\.",
    ),
    "export before anything was published": mistake(
        "export",
        r"Nothing has been published yet: run customer360 publish \(or run\) first\.",
    ),
}

MISTAKES = FOLDERS | DATABASES | WORDS


@pytest.mark.parametrize("kind", MISTAKES)
def test_a_mistake_is_one_line_that_says_what_to_do(person: Person, kind: str) -> None:
    made = MISTAKES[kind]
    (person.folder / "file").write_text("")
    url = urlsplit(person.environment["C360_DATABASE_URL"])
    known = {
        "folder": person.folder,
        "server": f"{url.hostname}:{url.port}",
        "password": url.password,
    }
    person = person.but_with(
        **{name: value.format(**known) for name, value in made.environment.items()}
    )
    line = person.errs(*shlex.split(made.command.format(**known)))
    assert re.fullmatch(made.said, line), line
    assert SECRET not in line


def test_every_setting_has_been_set_wrong() -> None:
    documented = (ROOT / ".env.example").read_text()
    product, _, _ = documented.partition("# ---- docker compose ----")
    names = set(re.findall(r"^# (C360_\w+)=", product, re.MULTILINE))
    assert names == {name for made in MISTAKES.values() for name in made.environment}


def test_a_folder_that_is_gone(person: Person) -> None:
    leave = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    line = person.errs("run", through=("sh", "-c", leave, "sh"))
    assert line == "The folder you are in has been removed: change to another one."
