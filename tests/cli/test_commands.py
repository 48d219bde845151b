"""What a new user sees of the commands, and the exit codes of what they start."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperArgument, TyperGroup, TyperOption

from customer360 import cli

from .command import Person


def commands(
    group: TyperGroup, name: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], typer.core.TyperCommand]]:
    for word, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, (*name, word))
        else:
            yield (*name, word), command


COMMANDS = dict(commands(typer.main.get_command(cli.app)))
# these give every word to a program of somebody else's
OTHERS = {("dbt",), ("db", "psql")}


@pytest.mark.parametrize("words", [(), ("db",), *COMMANDS], ids=" ".join)
def test_help_needs_nothing(person: Person, words: tuple[str, ...]) -> None:
    person = person.but_with(C360_DATABASE_URL="postgresql://u:p@127.0.0.1:1/d")
    done = person.types(*words, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage:" in done.stdout
    if words not in OTHERS:
        assert f"Usage: {' '.join(('customer360', *words))} " in done.stdout
    assert not person.home.exists(), "looking makes nothing"


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_option_is_explained(words: tuple[str, ...]) -> None:
    assert COMMANDS[words].help
    for option in COMMANDS[words].params:
        assert isinstance(option, TyperOption | TyperArgument)
        assert option.help and option.help[0].isupper(), option.name


def test_help_tells_what_happens_without_an_option(person: Person) -> None:
    shown = person.types("run", "--help").stdout.replace("│", " ")
    told = re.findall(r"\[default: (.*?)\]", " ".join(shown.split()))
    assert told == [
        "(C360_LANDING_DIR, or landing/)",
        "(C360_EXPORT_DIR, or powerbi_data/)",
        "(the last event in the data)",
        "append",
    ]


def test_no_command_shows_what_there_is(person: Person) -> None:
    for words in ((), ("db",)):
        done = person.types(*words)
        assert (done.returncode, done.stderr) == (2, "")
        assert "Commands" in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        # nothing has been built that it could test
        (["test", "--select=customer_360"], 1, "Completed with"),
        (["build", "--nonsense"], 2, "No such option '--nonsense'"),
    ],
)
def test_dbts_exit_codes_are_ours(
    person: Person, dbt_target: Path, words: list[str], code: int, said: str
) -> None:
    done = person.but_with(DBT_TARGET_PATH=dbt_target).types("dbt", *words)
    assert done.returncode == code, done.stdout + done.stderr
    assert said in done.stdout + done.stderr


def test_publish_of_what_was_never_built(
    own_database: Person, dbt_target: Path
) -> None:
    # dbt has read the project, and built nothing in this database
    done = own_database.but_with(DBT_TARGET_PATH=dbt_target).types("publish")
    assert done.returncode == 2
    assert re.match(
        r"Nothing was published: \w+ \w+ has never been built \(and \d+ more\)\. Run "
        r"customer360 dbt build",
        own_database.the_line(done.stderr),
    )
    assert done.stdout.count("has never been built") > 1, "all reasons are listed"


@pytest.mark.parametrize(("query", "code"), [("select 1", 0), ("select nonsense", 1)])
def test_psqls_exit_codes_are_ours(person: Person, query: str, code: int) -> None:
    assert person.types("db", "psql", "-c", query).returncode == code
