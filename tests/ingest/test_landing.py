"""Which files are found, which tables are made, and what the user is told."""

from __future__ import annotations

import dataclasses
import gzip
import io
import json
import os
import re
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from customer360 import cli, ingest
from customer360.errors import UserError
from customer360.ingest.declarations import normalised
from customer360.settings import Settings

from .shop import DECLARATIONS, ProjectSettings, Shop

ANN = "id,name,city\n1,Ann,Rome\n"


def test_files_are_found_whatever_their_case_and_told_as_json(shop: Shop) -> None:
    shop.write("PEOPLE-2024.Csv", ANN)
    shop.write("archive/people.csv.gz", b"")
    shop.write("shop/Orders.csv", "OrderNo,Line No,Amount\n")
    shop.write(".people.csv.swp", "")
    shop.write(".hidden/people.csv", ANN)
    shop.write("people.csv.part", ANN)
    shop.write("archive/2023/people.csv", ANN)
    os.mkfifo(shop.landing / "people-fifo.csv")
    (shop.landing / "people-broken.csv").symlink_to("nowhere")
    files = ingest.discover(shop.settings)
    assert [(file.source_file, file.table) for file in files] == [
        ("PEOPLE-2024.Csv", "shop_people"),
        ("archive/people.csv.gz", "shop_people"),
        ("shop/Orders.csv", "shop_orders"),
    ]
    assert ingest.unrecognised(shop.settings) == [
        "archive/2023/",
        "people-broken.csv",
        "people-fifo.csv",
        "people.csv.part",
    ]
    told = json.loads(json.dumps([file.to_dict() for file in files]))
    assert [ingest.LandingFile.from_dict(values) for values in told] == files


def test_a_file_for_two_tables_is_sorted_by_its_system_folder(
    shop: Shop, declare: Callable[..., Path]
) -> None:
    declare(
        DECLARATIONS.replace("name: shop", "name: crm").replace("shop_", "crm_"), "crm"
    )
    shop.write("crm/people.csv", ANN)
    assert [file.table for file in ingest.discover(shop.settings)] == ["crm_people"]
    shop.write("People.csv", ANN)
    with pytest.raises(UserError) as error:
        ingest.load_landing(shop.settings)
    for part in ("1 of 2", "People.csv", "raw.crm_people", "raw.shop_people", "folder"):
        assert part in str(error.value)
    assert shop.query("select id from raw.crm_people") == [("1",)]


CRM = """
version: 2
sources:
  - name: crm
    schema: raw
    tables:
      - name: people
        identifier: crm_people
        meta: {files: ["people*.csv"], format: csv, key: [contact_id]}
        columns: [{name: contact_id}, {name: name}, {name: city}, {name: mail}]
      - name: people_json
        identifier: crm_people_json
        meta: {files: ["people*.json"], format: json, key: [contact_id]}
        columns: [{name: contact_id}, {name: name}]
      - name: staff
        identifier: crm_staff
        meta: {files: ["staff*"], format: csv}
        columns: [{name: number}, {name: name}, {name: city}]
      - name: staff_json
        identifier: crm_staff_json
        meta: {files: ["staff*"], format: jsonl}
        columns: [{name: number}, {name: name}, {name: city}]
"""


def test_a_file_for_two_tables_is_sorted_by_its_columns(
    shop: Shop, declare: Callable[..., Path]
) -> None:
    declare(CRM, "crm")
    contact = '{"x":1,"Contact ID":7}'
    files = {
        "people_1.csv": (ANN, "shop_people"),
        "people_2.csv": ("mail;Contact-Id;name\na;1;b\n", "crm_people"),
        "people_3.csv": ("contact_id,name,city".encode("utf-16"), "crm_people"),
        "people_4.csv.gz": (gzip.compress(b"contact_id,city\n"), "crm_people"),
        "people_5.json": ('[\n{"name":"x"},\n{"id":1}]', "shop_people_json"),
        "people_6.json": (f"junk\n{contact}\n", "crm_people_json"),
        "shop/people_7.csv": ("contact_id\n", "shop_people"),
        "staff_1": ("city,number\n", "crm_staff"),
        "staff_2": ('{"number":1,\n"name":2}', "crm_staff_json"),
    }
    for name, (content, _) in files.items():
        shop.write(name, content)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("people_8.json", contact)
        archive.writestr("people_9.json", '{"ID":1}')
    shop.write("z.zip", packed.getvalue())
    found = {f.source_file: f.table for f in ingest.discover(shop.settings)}
    assert found == {name: table for name, (_, table) in files.items()} | {
        "z.zip/people_8.json": "crm_people_json",
        "z.zip/people_9.json": "shop_people_json",
    }


@pytest.mark.parametrize(
    "content",
    ["name,city\n", "\0", pytest.param("\n" * (1 << 20) + "name\n", id="late")],
)
def test_columns_that_do_not_decide_are_an_error_naming_both(
    shop: Shop, declare: Callable[..., Path], content: str
) -> None:
    declare(CRM, "crm")
    shop.write("people.csv", content)
    shop.write("staff.csv", "number\n1\n")
    with pytest.raises(UserError, match=r"crm_people and raw\.shop_people, and its"):
        ingest.load_landing(shop.settings)
    assert shop.query("select number from raw.crm_staff") == [("1",)]


def test_a_folder_named_like_a_file_is_a_folder(shop: Shop) -> None:
    shop.write("people.csv/part-0.csv", ANN)
    shop.write("people_2.csv/people.csv", ANN)
    (shop.landing / "people_3.csv").mkdir()
    (shop.landing / "empty").mkdir()
    shop.write("people_4.csv/deeper/people.csv", ANN)
    assert [file.source_file for file in ingest.discover(shop.settings)] == [
        "people_2.csv/people.csv"
    ]
    assert ingest.unrecognised(shop.settings) == [
        "people.csv/part-0.csv",
        "people_3.csv/",
        "people_4.csv/deeper/",
    ]
    console = Console(record=True, file=io.StringIO())
    [result] = ingest.load_landing(shop.settings, console=console)
    assert (result.state, result.rows_loaded) == ("loaded", 1)
    assert "Not recognised, left alone: people.csv/part-0.csv, people_3.csv/, " in (
        " ".join(console.export_text().split())
    )


@pytest.mark.parametrize("kind", ["missing", "a file"])
def test_no_landing_folder_is_said_in_one_line(shop: Shop, kind: str) -> None:
    shop.landing.rmdir()
    if kind == "a file":
        shop.landing.write_text("")
    with pytest.raises(UserError, match=r"landing folder .* (does not|is not).*--land"):
        ingest.load_landing(shop.settings)


def test_tables_gain_columns_and_lose_none(
    shop: Shop, declare: Callable[..., Path]
) -> None:
    shop.write("people.csv", ANN)
    shop.load("people.csv")
    declare(
        DECLARATIONS.replace(
            "columns: [{name: id}, {name: name}, {name: city}]",
            "columns: [{name: Born}, {name: id}, {name: name}]",
        )
    )
    with ThreadPoolExecutor(4) as pool:
        for done in [
            pool.submit(ingest.create_declared_tables, shop.settings) for _ in range(4)
        ]:
            done.result()
    shop.write("people2.csv", "id,born,city\n2,1999,Oslo\n")
    assert "kept in _extra: city" in shop.load("people2.csv").message
    assert shop.query(
        "select id, name, city, born, _extra from raw.shop_people order by id"
    ) == [
        ("1", "Ann", "Rome", None, None),
        ("2", None, None, "1999", {"city": "Oslo"}),
    ]


def test_tables_are_made_once_by_many_at_once(database: Settings) -> None:
    with ThreadPoolExecutor(6) as pool:
        for done in [
            pool.submit(ingest.create_declared_tables, database) for _ in range(6)
        ]:
            done.result()


def test_the_products_own_declarations_are_sound(database: Settings) -> None:
    tables = {table.name: table for table in ingest.declared_tables(database)}
    customers = tables["csv_customers"]
    assert customers.key == ("customer_id",)
    assert [column.name for column in customers.columns][:2] == [
        "customer_id",
        "first_name",
    ]
    assert len(tables) >= 37
    # a CustomerID in a file's header is the column customer_id
    lines = tables["online_retail_invoice_lines"]
    assert normalised("InvoiceNo") in [
        normalised(column.header) for column in lines.columns
    ]


WRONG = {
    "not valid YAML": ("sources: [", "line 1 is not valid YAML"),
    "no list of sources": ("sources: {a: b}", "laid out"),
    "another schema": (DECLARATIONS.replace("schema: raw", "schema: x"), "schema: raw"),
    "no format": (DECLARATIONS.replace("meta: {format: csv}", ""), "meta.format"),
    "a format that is not there": (
        DECLARATIONS.replace("format: csv", "format: xlsx"),
        "must be one of: csv",
    ),
    "a key that is no column": (
        DECLARATIONS.replace("key: [id]", "key: [nr]"),
        "meta.key names nr",
    ),
    "a pattern with a folder": (
        DECLARATIONS.replace('"people*.csv"', '"x/people*.csv"'),
        "meta.files",
    ),
    "a delimiter of two characters": (
        DECLARATIONS.replace('delimiter: ";"', 'delimiter: ";;"'),
        "meta.delimiter",
    ),
    "no such encoding": (
        DECLARATIONS.replace("encoding: latin-1", "encoding: base64"),
        "meta.encoding",
    ),
    "a column twice": (
        DECLARATIONS.replace("{name: city}", "{name: ID}"),
        "id is declared twice",
    ),
    "a column of ours": (
        DECLARATIONS.replace("{name: city}", "{name: _extra}"),
        "_extra",
    ),
    "no columns": (
        DECLARATIONS.replace("columns: [{name: id}, {name: name}]", ""),
        "columns",
    ),
    "a table twice": (
        DECLARATIONS.replace("identifier: shop_latin", "identifier: shop_people"),
        "declared 2 times",
    ),
    "a name that PostgreSQL would cut": (
        DECLARATIONS.replace("shop_latin", "x" * 64),
        "63 bytes",
    ),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_declaration_is_said_in_one_line(
    tmp_path: Path, declare: Callable[..., Path], kind: str
) -> None:
    text, expected = WRONG[kind]
    settings = ProjectSettings(
        tmp_path, "embedded:///x", tmp_path, tmp_path, declare(text)
    )
    with pytest.raises(UserError, match=re.escape(expected)) as error:
        ingest.declared_tables(settings)
    assert "_shop__sources.yml" in str(error.value)
    assert "\n" not in str(error.value)


def test_the_report_says_what_became_of_every_file(shop: Shop) -> None:
    shop.write("people.csv", ANN + "2,Bo,Oslo,secret\n\n")
    shop.write("people [b]again[/b].csv", ANN)
    shop.write("notes.txt", "")
    console = Console(record=True, width=120, quiet=False, file=open(os.devnull, "w"))  # noqa: SIM115, PTH123
    ingest.load_landing(shop.settings, console=console)
    ingest.load_landing(shop.settings, console=console)
    text = console.export_text()
    assert re.search(r"people\.csv +│ shop_people │ +2 │ +1 │ +1 │ loaded ", text)
    assert "people [b]again[/b].csv" in text
    assert "already loaded" in text
    assert "expected 3 fields, found 4 (1); 1 blank line" in text
    assert text.count("Not recognised, left alone: notes.txt") == 2
    assert "secret" not in text and "Oslo" not in text


def test_an_empty_landing_folder_is_fine(shop: Shop) -> None:
    assert ingest.load_landing(shop.settings) == []
    assert shop.query("select last_value, is_called from ops.batch_id") == [(1, False)]


def test_the_command_loads_what_is_good_and_ends_with_code_2(
    database: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    database.landing_dir.mkdir()
    for name, text in {
        "csv_customers.csv": "first_name,email\nSecret,s@x.org\n",
        "csv_customers_good.csv": "customer_id,email\n1,a@x.org\n",
    }.items():
        (database.landing_dir / name).write_text(text)
    monkeypatch.setattr(cli, "_settings", lambda *_: database)
    with pytest.raises(SystemExit) as end:
        monkeypatch.setattr("sys.argv", ["customer360", "load"])
        cli.main()
    said = capsys.readouterr()
    assert end.value.code == 2
    assert "1 of 2 files failed: csv_customers.csv has no header with the key" in (
        " ".join(said.err.split())
    )
    assert "Traceback" not in said.err + said.out
    assert "Secret" not in said.err + said.out
    shop = Shop(database)  # type: ignore[arg-type]
    assert shop.query("select customer_id from raw.csv_customers") == [("1",)]


def test_the_command_refuses_a_mode_it_does_not_know(database: Settings) -> None:
    result = CliRunner().invoke(cli.app, ["load", "--mode", "replace"])
    assert isinstance(result.exception, UserError)
    with pytest.raises(UserError, match="append or overwrite"):
        ingest.load_files(database, [], batch_id=1, mode="replace")
    with pytest.raises(UserError, match="append or overwrite"):
        ingest.units([], mode="replace")


def test_a_table_that_was_never_made_is_said_in_one_line(
    shop: Shop, declare: Callable[..., Path]
) -> None:
    declare(DECLARATIONS.replace("shop_people", "shop_persons"))
    shop.write("people.csv", ANN)
    with pytest.raises(UserError, match="customer360 db start"):
        shop.load("people.csv")
    files = ingest.discover(shop.settings)
    gone = dataclasses.replace(files[0], table="shop_people")
    with pytest.raises(UserError, match="not declared any more"):
        ingest.load_files(shop.settings, [gone], batch_id=1)


def test_example_data_goes_only_where_there_is_nothing(shop: Shop) -> None:
    landing = shop.settings.landing_dir
    assert ingest.is_untouched(shop.settings)
    file = landing / "people.csv"
    file.write_text("id,name\n1,Ann\n")
    assert not ingest.is_untouched(shop.settings)  # a file is waiting
    ingest.load_landing(shop.settings)
    file.unlink()
    assert not ingest.is_untouched(shop.settings)  # it was loaded and tidied away
    landing.rmdir()
    assert not ingest.is_untouched(shop.settings)


def test_of_many_files_that_were_loaded_before_the_first_are_named(shop: Shop) -> None:
    for k in range(5):
        shop.write(f"people_{k}.csv", f"id,name,city\n{k},Ann,Rome\n")
    ingest.load_landing(shop.settings)
    shop.write("people_9.csv", "id,name\n9,Ann\n")
    console = Console(record=True, file=io.StringIO(), width=200)
    ingest.load_landing(shop.settings, console=console)
    assert console.export_text().splitlines()[-2:] == [
        "people_9.csv: not in the file, loaded as null: city",
        "5 files were loaded before: people_0.csv, people_1.csv, people_2.csv and 2 "
        "more",
    ]
