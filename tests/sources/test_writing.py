"""What is written: all of it or nothing, and only when a person says so."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from rich.console import Console
from structure import file_rules

from customer360.errors import UserError
from customer360.ingest import declared_tables
from customer360.ingest.declarations import normalised
from customer360.settings import ROOT
from customer360.sources import Choices, add_source, changes
from customer360.sources.names import column_name

from .conftest import MakeFile
from .project_copy import Copied

HEADER = "Member No,First Name,E-Mail,Joined"
ROWS = ("17,Ann,ann.lee@example.org,2026-03-05", "18,Bob,bob.ray@example.org,")
EXAMPLES = ROOT / "examples" / "add_source"


def lines_added(before: dict[str, str], after: dict[str, str]) -> dict[str, list[str]]:
    """What each file that was there has now and had not; nothing else may differ."""
    added = {}
    for name, text in before.items():
        old, new = text.splitlines(), after[name].splitlines()
        rest = iter(new)
        assert all(line in rest for line in old), f"{name} lost something"
        if len(new) > len(old):
            kept = iter([*old, None])
            wanted = next(kept)
            added[name] = []
            for line in new:
                if line == wanted:
                    wanted = next(kept)
                else:
                    added[name].append(line)
    return added


def test_a_proposal_writes_nothing_and_shows_nobody(
    project: Copied, make_file: MakeFile
) -> None:
    path = make_file("acme_members.csv", HEADER, *ROWS)
    before = project.files()
    said = io.StringIO()
    console = Console(file=said, width=200)
    assert not add_source(project, path, Choices(), console=console)
    assert project.files() == before
    out = said.getvalue()
    for value in re.findall(r"[A-Za-z@.]{3,}|\d{4}", " ".join(ROWS)):
        assert value not in out, "a value of the file"
    assert re.search(r"E-Mail +│ email +│ sure +│ aa\.aa@aa\.aa +│ +100%", out)
    assert f"To accept: customer360 add-source {path} --yes" in out


def test_the_command_that_accepts_says_all_that_was_said(
    project: Copied, make_file: MakeFile
) -> None:
    path = make_file("my members.csv", HEADER, *ROWS)
    said = io.StringIO()
    choices = Choices(
        system="acme",
        entity="members",
        key=(),
        day_first=True,
        mapping={"First Name": "text"},
    )
    add_source(project, path, choices, console=Console(file=said, width=400))
    assert (
        f"customer360 add-source '{path}' --system acme --entity members --key none "
        "--day-first --map 'First Name=text' --yes"
    ) in said.getvalue()


def test_nothing_but_one_thing_more_stands_in_each_file(project: Copied) -> None:
    before = project.files()
    for path in sorted(EXAMPLES.glob("*.csv")):
        assert add_source(project, path, Choices(), yes=True)
    after = project.files()
    added = lines_added(before, after)
    assert {
        name: lines for name, lines in added.items() if name.startswith("macros/")
    } == {
        "macros/identity/customer_record_models.sql": [
            '        ref("int_customer_records__mailchimp"),',
            '        ref("int_customer_records__shopify"),',
        ],
        "macros/loads/staged_tables.sql": [
            '        "hubspot__deals",',
            '        "mailchimp__members",',
            '        "shopify__customers",',
        ],
    }
    for name in ("macros/loads/staged_tables.sql",):
        listed = re.findall(r'^ +"\w+",$', after[name], re.MULTILINE)
        assert listed == sorted(listed)
    assert {path for path in added if path.startswith("models/")} == {
        "models/intermediate/contacts/_contacts__unit_tests.yml",
        "models/intermediate/contacts/int_contacts__addresses.sql",
        "models/intermediate/customers/_customers__models.yml",
        "models/intermediate/transactions/_transactions__models.yml",
        "models/intermediate/transactions/_transactions__unit_tests.yml",
        "models/intermediate/transactions/int_transactions.sql",
        "models/staging/hubspot/_hubspot__models.yml",
        "models/staging/hubspot/_hubspot__sources.yml",
    }
    tables = {table.name: table for table in declared_tables(project)}
    assert tables["mailchimp_members"].key == ("euid",)
    assert tables["hubspot_deals"].files == ("hubspot-crm-exports-all-deals*.csv",)
    assert not [path for path in project.project.rglob(".*") if path.is_file()]


def test_the_guide_shows_what_the_command_says(
    project: Copied, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    guide = (ROOT / "docs" / "adding-a-source.md").read_text()
    path = Path(
        "examples", "add_source", "hubspot-crm-exports-all-deals-2026-06-12.csv"
    )
    said = io.StringIO()
    add_source(project, path, Choices(), console=Console(file=said, width=80))
    assert f"```\n{said.getvalue()}```\n" in guide


def test_a_system_that_has_customers_gets_a_feeder_beside_what_is_there(
    project: Copied, make_file: MakeFile
) -> None:
    path = make_file("hubspot_leads.csv", HEADER, *ROWS)
    before = project.files()
    assert add_source(project, path, Choices(), yes=True)
    after = project.files()
    feeder = "models/intermediate/customers/int_customer_records__hubspot.sql"
    assert after[feeder] == before[feeder]
    new = after[feeder.replace("hubspot.sql", "hubspot_leads.sql")]
    assert "'hubspot' as system,\n        'leads' as entity," in new
    models = after["models/intermediate/customers/_customers__models.yml"]
    names = re.findall(r"^  - name: (\w+)", models, re.MULTILINE)
    place = names.index("int_customer_records__hubspot")
    assert names[place + 1] == "int_customer_records__hubspot_leads"


@pytest.mark.parametrize("system", ["aaa", "zzz"])
def test_sales_of_a_system_of_any_name_find_their_place(
    project: Copied, make_file: MakeFile, system: str
) -> None:
    path = make_file(
        f"{system}_orders.csv",
        "Order No,Order Date,Total,E-Mail",
        "1,2026-03-05,9.90,ann.lee@example.org",
        "2,2026-03-06,5.00,bob.ray@example.org",
    )
    assert add_source(project, path, Choices(), yes=True)
    folder = project.project / "models/intermediate/transactions"
    document = yaml.safe_load((folder / "_transactions__unit_tests.yml").read_text())
    given = [
        {given["input"]: given.get("rows") for given in test["given"]}
        for test in document["unit_tests"]
        if test["model"] == "int_transactions"
    ]
    assert given
    for inputs in given:
        assert inputs[f"ref('int_transactions__{system}')"] == []


def test_anchors_stay_with_the_first_of_their_kind(
    project: Copied, make_file: MakeFile
) -> None:
    path = make_file("aaa_members.csv", HEADER, *ROWS)
    assert add_source(project, path, Choices(), yes=True)
    models = project.project / "models/intermediate/customers/_customers__models.yml"
    described = {m["name"]: m for m in yaml.safe_load(models.read_text())["models"]}
    ours = described["int_customer_records__aaa"]
    assert ours["columns"] == described["int_customer_records__csv"]["columns"]


@pytest.mark.parametrize(
    "strange",
    [
        ("macros/loads/staged_tables.sql", lambda text: text.replace('",', "',")),
        (
            "models/intermediate/customers/_customers__models.yml",
            lambda text: text.replace("  - name: int_", "  -   name: int_"),
        ),
        (
            "models/staging/hubspot/_hubspot__sources.yml",
            lambda text: text + "\nexposures: []\n",
        ),
    ],
    ids=lambda strange: strange[0],
)
def test_a_file_that_somebody_laid_out_in_another_way_is_left_alone(
    project: Copied, make_file: MakeFile, strange: tuple[str, Callable[[str], str]]
) -> None:
    name, change = strange
    target = project.project / name
    target.write_text(change(target.read_text()))
    before = project.files()
    path = make_file("hubspot_leads.csv", HEADER, *ROWS)
    with pytest.raises(UserError, match=rf"{target.name} (is laid out|has no list)"):
        add_source(project, path, Choices(), yes=True)
    assert project.files() == before


@pytest.mark.parametrize("survived", range(9))
def test_a_failure_leaves_the_project_as_it_was(
    project: Copied,
    make_file: MakeFile,
    monkeypatch: pytest.MonkeyPatch,
    survived: int,
) -> None:
    path = make_file("acme_members.csv", f"{HEADER},Address", f"{ROWS[0]},1 High St")
    before = project.files()
    folders = {p for p in project.project.rglob("*") if p.is_dir()}
    put, calls = changes._put, []

    def failing(target: Path, text: str) -> None:
        calls.append(target)
        if len(calls) == survived + 1:
            raise KeyboardInterrupt
        put(target, text)

    monkeypatch.setattr(changes, "_put", failing)
    with pytest.raises(KeyboardInterrupt):
        add_source(project, path, Choices(), yes=True)
    assert len(calls) > survived
    assert project.files() == before
    assert {p for p in project.project.rglob("*") if p.is_dir()} == folders


def test_a_file_that_was_changed_meanwhile_stops_all(
    project: Copied, make_file: MakeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_file("acme_members.csv", HEADER, *ROWS)
    listed = project.project / "macros/loads/staged_tables.sql"
    real = changes.write

    def late(made: object, check: object) -> None:
        listed.write_text(listed.read_text() + "\n")
        real(made, check)

    monkeypatch.setattr("customer360.sources.command.write", late)
    with pytest.raises(UserError, match=r"staged_tables\.sql has changed meanwhile"):
        add_source(project, path, Choices(), yes=True)
    assert not (project.project / "models/staging/acme").exists()


HEADERS = (
    *("order", "user", "Größe", "2nd Place", "%", "a;b", "__x__", "Straße Nr."),
    *(
        "fingerprint",
        "version_rank",
        "email text",
        "Is Email Valid",
        "status",
        "e" * 90,
    ),
    *('say "hi"', "back\\slash", "colon: hash #", "- dash", "{{ jinja }}", "it's"),
    *("Ж", "名前", "given_name", "untitled_given_name", "null", "_Source File", "*"),
)


def test_headers_that_are_no_names_of_columns(
    project: Copied, make_file: MakeFile
) -> None:
    headers = [f'"{header.replace(chr(34), chr(34) * 2)}"' for header in HEADERS]
    rows = [",".join([f"{n}-{k}" for k in range(len(headers) + 3)]) for n in range(9)]
    path = make_file("acme_odd.csv", ",".join(["id", "e-mail", *headers, ""]), *rows)
    path.write_text(path.read_text().replace("-1,", "@example.org,"))
    assert add_source(project, path, Choices(kind="customers"), yes=True)
    [table] = [t for t in declared_tables(project) if t.name == "acme_odd"]
    by_header = {normalised(column.header): column.name for column in table.columns}
    for header in HEADERS:
        name = by_header[normalised(header)]
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name), (header, name)
    for name in ("stg_acme__odd.sql", "_acme__sources.yml", "_acme__models.yml"):
        path = project.project / "models/staging/acme" / name
        for rule in file_rules.RULES.values():
            assert rule(path.relative_to(project.project), path.read_text()) == []
    staged = (project.project / "models/staging/acme/_acme__models.yml").read_text()
    names = [c["name"] for c in yaml.safe_load(staged)["models"][0]["columns"]]
    assert len(names) == len(set(names))


def test_five_hundred_columns(project: Copied, make_file: MakeFile) -> None:
    headers = [f"Measure {n}" for n in range(500)]
    row = ",".join(["1.5"] * 500)
    path = make_file(
        "acme_wide.csv",
        ",".join(["id", *headers, "E-Mail"]),
        *(f"{n},{row},p{n}@example.org" for n in range(30)),
    )
    said = io.StringIO()
    console = Console(file=said, width=300)
    assert add_source(project, path, Choices(), yes=True, console=console)
    assert "columns without a meaning stay in _extra" in said.getvalue()
    [table] = [t for t in declared_tables(project) if t.name == "acme_wide"]
    names = [column.name for column in table.columns]
    assert {"id", "e_mail", "measure_0"} <= set(names) and len(names) < 100
    for path in (project.project / "models/staging/acme").iterdir():
        assert path.read_text().count("\n") <= 400
        if path.suffix == ".sql":
            assert path.read_text().count("\n") <= 150


def test_a_name_is_free_or_gets_a_number() -> None:
    assert column_name("E-Mail", {"e_mail", "e_mail_2"}) == "e_mail_3"
    assert column_name("%", ()) == "unnamed"


# ---- at a terminal -----------------------------------------------------------


def answers(project: Copied, path: Path, *typed: str) -> tuple[bool, str]:
    """A person who is asked, and types; whether it was written, and what they saw."""
    from customer360.sources import choose

    said = io.StringIO()
    console = Console(file=said, width=200)
    left = iter(typed)
    console.input = lambda prompt="": next(left)  # type: ignore[method-assign]

    def ask(words: list[str], before: Choices) -> Choices:
        options = dict(zip(words[::2], words[1::2], strict=True))
        return choose(
            before,
            {
                "mapping": [options["--map"]] if "--map" in options else None,
                "system": options.get("--system"),
            },
        )

    written = add_source(project, path, Choices(), ask=ask, console=console)
    assert next(left, None) is None, "all was asked for"
    return written, said.getvalue()


def test_a_person_changes_the_proposal_and_accepts(
    project: Copied, make_file: MakeFile
) -> None:
    path = make_file("acme_members.csv", HEADER, *ROWS)
    written, said = answers(
        project,
        path,
        "--map Joined=created_at",
        "--map Joined=nonsense",
        "--system 'Not A Name'",
        "",
        "yes",
    )
    assert written
    assert "a column means one of" in said and "no reserved word" in said
    feeder = project.project / (
        "models/intermediate/customers/int_customer_records__acme.sql"
    )
    assert "created_at as updated_at" in feeder.read_text()


def test_a_person_refuses(project: Copied, make_file: MakeFile) -> None:
    path = make_file("acme_members.csv", HEADER, *ROWS)
    before = project.files()
    written, said = answers(project, path, "n")
    assert not written and said.endswith("Nothing is written.\n")
    assert project.files() == before


def test_the_command_asks_at_a_terminal_and_takes_options(make_file: MakeFile) -> None:
    """The command itself, on a real terminal; refused in the end, so that the
    project that it would change stays as it is."""
    path = make_file("acme_members.csv", HEADER, *ROWS)
    ours, theirs = pty.openpty()
    command = subprocess.Popen(
        [Path(sys.executable).with_name("customer360"), "add-source", path],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    # the terminal is gone when the command is
    os.close(theirs)
    os.write(ours, b"--map Joined=updated_at --key 'E-Mail'\n--nonsense\nn\n")
    said = b""
    with suppress(OSError):
        while block := os.read(ours, 65536):
            said += block
    os.close(ours)
    assert command.wait(timeout=60) == 0, said.decode()
    out = said.decode()
    out = re.sub(r"\x1b\[[\d;]*m", "", out)
    assert re.search(r"Joined +│ updated at +│ chosen", out)
    assert "No such option" in out and "Nothing is written." in out
    assert not (ROOT / "dbt_project/models/staging/acme").exists()
