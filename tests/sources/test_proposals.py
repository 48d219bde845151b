"""What is said of a file by its header and its values."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from customer360.errors import UserError
from customer360.ingest.declarations import normalised
from customer360.settings import Settings
from customer360.sources import meanings
from customer360.sources.meanings import OF_KIND, vocabulary
from customer360.sources.names import file_pattern, guess_names, singular
from customer360.sources.project import Project, read_project
from customer360.sources.proposal import Choices, Proposal, propose
from customer360.sources.sample import read_sample
from customer360.sources.values import profile

from .conftest import MakeFile

ANN = "1,Ann,ann@example.org,2026-03-05"
BOB = "2,Bob,bob@example.org,2026-03-06"


@pytest.fixture(scope="module")
def project() -> Project:
    """The project itself: nothing is written to it."""
    return read_project(Settings.from_env())


def proposed(project: Project, path: Path, **choices: object) -> Proposal:
    return propose(read_sample(path), project, Choices(**choices))


def said(proposal: Proposal) -> dict[str, str]:
    """Meaning or type by header; what stays undeclared is left out."""
    return {column.header: column.says for column in proposal.declared}


def test_every_meaning_has_its_headers_for_itself() -> None:
    known = {meaning for meanings in OF_KIND.values() for meaning in meanings}
    assert {meaning for meaning, _ in vocabulary().meanings.values()} == known
    listed = yaml.safe_load(Path(meanings.__file__).with_suffix(".yml").read_text())
    headers = [
        normalised(header)
        for meaning in listed["meanings"].values()
        for header in [*meaning["headers"]]
    ]
    assert [header for header in headers if headers.count(header) > 1] == []


@pytest.mark.parametrize(
    ("amounts", "is_noted"),
    [
        (("9.90", "9.90", "5.00", "5.00"), True),
        (("9.90", "9.90", "5.00", "7.00"), False),
        (("9.90", "", "5.00", ""), False),
    ],
    ids=["totals", "amounts of lines", "totals in the first line"],
)
def test_a_total_that_stands_in_every_line_is_noted(
    project: Project, make_file: MakeFile, amounts: tuple[str, ...], is_noted: bool
) -> None:
    orders = zip(("1", "1", "2", "2"), ("A", "B", "A", "B"), amounts, strict=True)
    path = make_file(
        "acme_orders.csv",
        "Order No,SKU,Order Date,Total",
        *(f"{order},{sku},2026-03-05,{amount}" for order, sku, amount in orders),
    )
    notes = proposed(project, path).notes
    assert any("Total is the same in all lines" in note for note in notes) is is_noted


def test_headers_are_known_in_any_spelling(
    project: Project, make_file: MakeFile
) -> None:
    path = make_file(
        "acme_people.csv",
        "CUSTOMER-ID,firstName,SURNAME,E_Mail,Mobile No.,Zip Code,Town,Land,Created",
        "7,Ann,Lee,ann@example.org,+44 20 7946 0101,EC1A 9ZZ,London,GB,2026-03-05",
    )
    assert said(proposed(project, path)) == {
        "CUSTOMER-ID": "customer_id",
        "firstName": "given_name",
        "SURNAME": "family_name",
        "E_Mail": "email",
        "Mobile No.": "phone",
        "Zip Code": "postcode",
        "Town": "city",
        "Land": "country",
        "Created": "created_at",
    }


def test_values_tell_what_a_header_does_not(
    project: Project, make_file: MakeFile
) -> None:
    path = make_file(
        "acme_people.csv",
        "Ref,Kontakt,Rufnummer,Since,Points,Phone,Active",
        *(
            f"r{n},p{n}@example.org,+44 20 7946 01{n:02},0{n % 9 + 1}.03.2026,{n},-,yes"
            for n in range(30)
        ),
    )
    proposal = proposed(project, path)
    assert said(proposal) == {
        "Ref": "text",
        "Kontakt": "email",
        "Rufnummer": "phone",
        "Since": "date",
        "Points": "number",
        # so it is called, but there is no phone number in it
        "Phone": "text",
        "Active": "yes_no",
    }
    assert proposal.kind == "customers"
    assert [column.certainty for column in proposal.columns[1:3]] == ["likely"] * 2


@pytest.mark.parametrize(
    ("dates", "day_first", "note"),
    [
        (["25/03/2026", "03/04/2026"], True, None),
        (["03/25/2026", "03/04/2026"], False, None),
        (["2026-03-25", "2026-04-03"], None, None),
        (["03/04/2026", "05/06/2026"], None, "none tells which is the day"),
        (["25/03/2026", "03/25/2026"], None, "begin with the day and dates that begin"),
    ],
)
def test_the_order_of_day_and_month_is_found_out(
    project: Project,
    make_file: MakeFile,
    dates: list[str],
    day_first: bool | None,
    note: str | None,
) -> None:
    rows = [f"{n},p{n}@example.org,{date}" for n, date in enumerate(dates)]
    path = make_file("acme_people.csv", "id,email,created", *rows)
    proposal = proposed(project, path)
    assert proposal.day_first is day_first
    assert (
        any(note in said for said in proposal.notes)
        if note
        else not [said for said in proposal.notes if "day" in said]
    )
    for asked in (True, False):
        asked_for = proposed(project, path, day_first=asked)
        assert asked_for.day_first is asked


@pytest.mark.parametrize(
    ("header", "rows", "key"),
    [
        ("id,email,name", ["1,a@b.org,x", "2,c@d.org,y"], ["id"]),
        # sent twice is not two
        ("id,email,name", ["1,a@b.org,x", "1,a@b.org,x"], ["id"]),
        ("id,email,name", ["1,a@b.org,x", "1,c@d.org,y"], ["email"]),
        ("id,email,name", ["1,a@b.org,x", ",c@d.org,y"], ["email"]),
        ("id,email,name", ["1,a@b.org,x", "1,a@b.org,y"], []),
        ("order id,line,amount", ["1,1,5", "1,2,5", "2,1,5"], ["order id", "line"]),
        ("order id,sku,amount", ["1,a,5", "1,b,5"], ["order id", "sku"]),
        ("order id,sku,amount", ["1,a,5", "1,a,6"], []),
        ("note,booking code", ["x,1", "x,2"], ["booking code"]),
        ("note,number of dogs", ["x,1", "x,2"], []),
    ],
)
def test_a_key_is_filled_and_unique(
    project: Project, make_file: MakeFile, header: str, rows: list[str], key: list[str]
) -> None:
    proposal = proposed(project, make_file("acme_things.csv", header, *rows))
    assert [column.header for column in proposal.key] == key
    assert key or any("no column is filled and unique" in n for n in proposal.notes)


def test_an_apostrophe_makes_no_other_key(
    project: Project, make_file: MakeFile
) -> None:
    path = make_file(
        "acme_clients.csv",
        "Customer ID,Name,City",
        *("'8001,Ann,York", "'8002,Bob,York", "8001,Ann,Hull"),
    )
    assert proposed(project, path).key == ()


def test_a_person_is_believed_about_columns(
    project: Project, make_file: MakeFile
) -> None:
    path = make_file("acme_people.csv", "id,who,email,when", ANN, BOB)
    proposal = proposed(
        project,
        path,
        entity="members",
        issuer="shop",
        files="ACME_*.csv",
        key=("email",),
        mapping={"WHO": "given_name", "when": "updated_at", "id": "ignore"},
    )
    assert said(proposal) == {
        "who": "given_name",
        "email": "email",
        "when": "updated_at",
    }
    assert (proposal.system, proposal.entity) == ("acme", "members")
    assert (proposal.issuer, proposal.files) == ("shop", "ACME_*.csv")
    assert [column.header for column in proposal.key] == ["email"]


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ("Order No,Paid On,Total", "sales"),
        ("SKU,Quantity,Unit Price,Status", "sales"),
        ("First Name,Last Name,City", "customers"),
        ("Customer ID,Name,Total Spent", "customers"),
        ("Email,Amount", "customers"),
        ("Warehouse,Shelf,Height", "other"),
        ("Amount,Comment", "other"),
    ],
)
def test_rows_are_people_sales_or_something_else(
    project: Project, make_file: MakeFile, headers: str, kind: str
) -> None:
    row = ",".join("5" for _ in headers.split(","))
    path = make_file("acme_things.csv", headers, row.replace("5", "", 1) + ",")
    path.write_text(f"{headers}\n{row}\n")
    assert proposed(project, path).kind == kind


def test_what_people_did_is_no_list_of_people(
    project: Project, make_file: MakeFile
) -> None:
    rows = [f"{n},p{n % 4}@example.org,open" for n in range(40)]
    path = make_file("acme_mails.csv", "Event ID,Email,Event", *rows)
    proposal = proposed(project, path)
    assert proposal.kind == "other"
    assert any("each of them in many rows" in note for note in proposal.notes)
    assert proposed(project, path, kind="customers").kind == "customers"


def test_of_two_columns_with_one_meaning_the_nearer_has_it(
    project: Project, make_file: MakeFile
) -> None:
    path = make_file(
        "acme_people.csv",
        "Default Phone,Phone,Customer Email,Email",
        "+44 20 7946 0101,+44 20 7946 0102,a@example.org,b@example.org",
    )
    assert said(proposed(project, path)) == {
        "Default Phone": "text",
        "Phone": "phone",
        "Customer Email": "text",
        "Email": "email",
    }


def test_sales_belong_to_the_customers_that_their_system_has(
    project: Project, make_file: MakeFile
) -> None:
    rows = ("o1,7,5.00", "o2,8,6.00")
    path = make_file("hubspot_orders.csv", "Order ID,Contact ID,Amount", *rows)
    assert proposed(project, path).buyers == ("hubspot", "contacts")
    assert proposed(project, path, system="acme").buyers is None
    by_shop = proposed(project, path, system="acme", issuer="shop")
    assert by_shop.buyers == ("shop", "customers")


@pytest.mark.parametrize("system", ["support", "loyalty"])
def test_sales_of_a_system_that_uses_anothers_ids_belong_to_the_others_customers(
    project: Project, make_file: MakeFile, system: str
) -> None:
    rows = ("c1,7,5.00", "c2,8,6.00")
    path = make_file("paid_chats.csv", "Chat ID,Customer ID,Amount", *rows)
    proposal = proposed(project, path, system=system, kind="sales")
    assert (proposal.issuer, proposal.buyers) == ("shop", ("shop", "customers"))


def test_the_words_of_a_status_are_read_by_the_seed(
    project: Project, make_file: MakeFile
) -> None:
    rows = ["1,5.00,Paid", "2,5.00,paid", "3,5.00,Lost in the post", "4,5.00,Paid"]
    path = make_file("acme_orders.csv", "Order ID,Amount,Status", *rows)
    [note] = [n for n in proposed(project, path).notes if n.startswith("status")]
    assert note.startswith("status Lost in the post: unknown, and so no sale.")


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("customers_export.csv", "customers_export*.csv"),
        ("customers_export_1.csv", "customers_export*.csv"),
        ("customers_export (2).csv", "customers_export*.csv"),
        ("orders-2026-11-21.csv", "orders*.csv"),
        ("orders.20261121T0930.jsonl", "orders*.jsonl"),
        ("subscribed_members_export_7f3a9c21b4.csv", "subscribed_members_export*.csv"),
        ("face_cafe.csv", "face_cafe*.csv"),
        ("people [old].csv", "people [[]old]*.csv"),
    ],
)
def test_a_pattern_takes_the_next_file_too(name: str, pattern: str) -> None:
    assert file_pattern(name) == pattern


@pytest.mark.parametrize(
    ("stem", "folder", "names"),
    [
        ("acme_orders_2026", None, ("acme", "orders")),
        ("acme-crm-export-all-contacts", None, ("acme", "contacts")),
        ("orders", None, (None, "orders")),
        ("orders", "acme", ("acme", "orders")),
        ("acme_orders", "acme", ("acme", "orders")),
        ("online_retail_lines", None, ("online_retail", "lines")),
        ("2026-11-21", None, (None, None)),
    ],
)
def test_names_are_taken_from_the_file_and_its_folder(
    stem: str, folder: str | None, names: tuple[str | None, str | None]
) -> None:
    assert guess_names(stem, folder, ["online_retail", "shop"]) == names


def test_one_of_several() -> None:
    words = (
        "deals",
        "companies",
        "order_lines",
        "people",
        "addresses",
        "boxes",
        "stock",
    )
    assert [singular(word) for word in words] == [
        *("deal", "company", "order_line", "person", "address", "box", "stock"),
    ]


def test_a_shape_shows_nothing_of_anybody() -> None:
    shown = profile(["Ann.Lee-Smith@example.org", "+44 20 7946 0101", "Žofie Nováková"])
    for word in ("Ann", "Lee", "79", "44", "Žofie", "Nov", "example"):
        assert word not in shown.shape
    assert profile(["Ann", "Bob", "Cyd"]).words == ()
    assert profile(["paid", "paid", "open"]).words == ("open", "paid")


def test_a_broken_choice_is_told(project: Project, make_file: MakeFile) -> None:
    path = make_file("acme_people.csv", "id,who,email,when", ANN, BOB, "2,Cyd,c@d.org,")
    for choices, words in (
        ({"key": ("id",)}, "--key id: 1 of 3 records of the sample repeat one."),
        ({"key": ("when",)}, "--key when: when is empty in 1 of 3 records"),
        ({"key": ("where",)}, "--key where: the file has no such column"),
        ({"mapping": {"where": "email"}}, "the file has no column where"),
        ({"mapping": {"who": "nickname"}}, "a column means one of address, amount"),
        ({"mapping": {"who": "amount"}}, "a file of customers has no amount"),
        ({"mapping": {"who": "city", "id": "city"}}, "--map says city of two columns"),
        ({"kind": "people"}, "--kind must be one of customers, sales, other."),
        ({"kind": "sales"}, "needs a column that is the amount"),
        ({"channel": "moon"}, "--channel must be one of online, in_store"),
        ({"currency": "euros"}, "three letters, such as EUR"),
        ({"system": "Acme Shop"}, "such as acme_shop; not 'Acme Shop'"),
        ({"system": "acme__shop"}, "such as acme_shop; not 'acme__shop'"),
        ({"system": "select"}, "no reserved word; not 'select'"),
        ({"system": "ops"}, "ops is no system that files come from"),
        ({"issuer": "o'shop"}, "--issuer takes lowercase letters"),
        ({"files": "orders*.csv"}, "--files orders*.csv does not take acme_people.csv"),
        ({"entity": "order"}, "no reserved word; not 'order'"),
        ({"entity": "1st"}, "lowercase letters, digits"),
        ({"system": "hubspot", "entity": "contacts"}, "declares contacts of hubspot"),
    ):
        with pytest.raises(UserError) as error:
            proposed(project, path, **choices)
        assert words in str(error.value), choices
