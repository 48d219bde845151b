"""Files that can't be a source: one line that says what to do, and nothing written."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from customer360.errors import UserError
from customer360.sources import Choices, add_source

from .conftest import MakeFile
from .project_copy import Copied

HEADER = "Member No,First Name,E-Mail"
ROWS = ("17,Ann,ann@example.org", "18,Bob,bob@example.org")


def zipped(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, "\n".join([HEADER, *ROWS]))
    return packed.getvalue()


REFUSED: dict[str, tuple[Callable[[MakeFile], Path], str]] = {
    "no file": (lambda make: make("x.csv").with_name("gone.csv"), "does not exist"),
    "a folder": (lambda make: make("a/x.csv").parent, "is not a file"),
    "empty": (lambda make: make("acme_members.csv"), "is empty: name a file"),
    "only blanks": (lambda make: make("acme_members.csv", " ", ""), "is empty"),
    "header alone": (
        lambda make: make("acme_members.csv", HEADER),
        "has no record to learn from",
    ),
    "no header": (
        lambda make: make("acme_members.csv", *ROWS),
        "has no header: its first line holds values",
    ),
    "no header but numbers": (
        lambda make: make("acme_members.csv", "1,2.5,a", "2,3.5,b"),
        "has no header: its first line holds values",
    ),
    "spreadsheet": (
        lambda make: make("acme_members.xlsx", content=zipped("xl/workbook.xml")),
        "is a spreadsheet: save it as CSV",
    ),
    "not text": (
        lambda make: make("acme_members.csv", content=b"\x00\x01\x02\xff,\x00\n1,2\n"),
        "has no header that can be read",
    ),
    "two files in an archive": (
        lambda make: make("acme_members.zip", content=zipped("a.csv", "b.csv")),
        "holds 2 files: unpack it",
    ),
    "gzip cut short": (
        lambda make: make(
            "acme_members.csv.gz", content=gzip.compress(b"a,b\n1,2\n" * 99)[:15]
        ),
        "is a damaged or incomplete gzip file: fetch it again.",
    ),
    "JSON that is none": (
        lambda make: make("acme_members.json", "{'id': 1}", "{'id': 2}"),
        "has no record to learn from",
    ),
    "nobody's": (
        lambda make: make("export.csv", HEADER, *ROWS),
        "tells --system and --entity: say whose data it is",
    ),
    "a table that takes it": (
        lambda make: make(
            "hubspot/contacts_new.csv",
            "Contact ID,Email,First Name,Last Name,Phone,Company",
            "1,ann@example.org,Ann,Lee,,",
        ),
        "needs no declaration: raw.hubspot_contacts takes it (_hubspot__sources.yml)",
    ),
    "a table's columns under another name": (
        lambda make: make(
            "acme_members.csv",
            "contact_id,email,first_name,last_name,phone,company",
            "1,ann@example.org,Ann,Lee,,",
        ),
        "has the columns of raw.hubspot_contacts, which takes files called contacts",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_no_source(
    project: Copied, make_file: MakeFile, name: str
) -> None:
    make, said = REFUSED[name]
    path = make(make_file)
    before = project.files()
    with pytest.raises(UserError) as error:
        add_source(project, path, Choices(), yes=True)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert project.files() == before


def test_a_column_that_is_there_twice_can_be_no_key(
    project: Copied, make_file: MakeFile
) -> None:
    rows = ("a@b.org,x,c@d.org", "e@f.org,y,g@h.org")
    path = make_file("acme_members.csv", "E-Mail,Name,e-mail", *rows)
    before = project.files()
    with pytest.raises(UserError, match="has it twice"):
        add_source(project, path, Choices(key=("E-Mail",)), yes=True)
    assert project.files() == before
    add_source(project, path, Choices(), yes=True)
    declared = (project.project / "models/staging/acme/_acme__sources.yml").read_text()
    assert declared.count("- name: e_mail") == 1
    assert "key: [" not in declared, "the loader fails a file whose key is there twice"


def test_a_file_that_says_whose_it_is_may_look_like_anothers(
    project: Copied, make_file: MakeFile
) -> None:
    path = make_file(
        "people.csv",
        "contact_id,email,first_name,last_name,phone,company",
        "1,ann@example.org,Ann,Lee,,",
    )
    assert add_source(
        project, path, Choices(system="acme", entity="contacts"), yes=True
    )


@pytest.mark.parametrize("again", ["the same file", "another file of the entity"])
def test_what_is_declared_is_not_declared_again(
    project: Copied, make_file: MakeFile, again: str
) -> None:
    path = make_file("acme_members.csv", HEADER, *ROWS)
    assert add_source(project, path, Choices(), yes=True)
    before = project.files()
    if again != "the same file":
        path = make_file("acme_members.csv", "Shelf,Height", "a,1", "b,2")
    with pytest.raises(UserError) as error:
        add_source(project, path, Choices(), yes=True)
    assert "needs no declaration" in str(error.value) or (
        "declares members of acme already" in str(error.value)
    )
    assert project.files() == before


def test_a_model_that_somebody_wrote_is_not_written_over(
    project: Copied, make_file: MakeFile
) -> None:
    model = project.project / "models/staging/acme/stg_acme__members.sql"
    model.parent.mkdir()
    model.write_text("select 1\n")
    path = make_file("acme_members.csv", HEADER, *ROWS)
    before = project.files()
    with pytest.raises(UserError, match=r"stg_acme__members\.sql is there already"):
        add_source(project, path, Choices(), yes=True)
    assert project.files() == before
