"""Records of an API come into the raw tables as those of files do."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from customer360.errors import UserError

from .api import Api
from .fetching import Fetching
from .loads import wait_for


@pytest.fixture
def people(fetching: Fetching, api: Api, monkeypatch: pytest.MonkeyPatch) -> Fetching:
    """The API, declared; seven people are in it."""
    monkeypatch.setenv("PEOPLE_KEY", api.key)
    fetching.declare(crm=connection(api))
    api.records = [person(number) for number in range(1, 8)]
    return fetching


def person(number: int, day: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"Name {number}",
        "city": "Oslo",
        "updated": f"2026-01-{day:02d}T00:00:{number:02d}Z",
        **more,
    }


def connection(api: Api, path: str = "records", **options: Any) -> dict[str, Any]:
    paginators = {
        "records": {"type": "json_link", "next_url_path": "next"},
        "numbered": {"type": "page_number", "base_page": 1, "total_path": "pages"},
    }
    return {
        "api": {
            "base_url": api.url,
            "auth": {
                "type": "api_key",
                "name": "X-Api-Key",
                "location": "header",
                "api_key": "${PEOPLE_KEY}",
            },
        },
        "tables": {
            "shop_people": {
                "path": path,
                "data_selector": "records",
                "paginator": paginators[path],
                "incremental": {"cursor_path": "updated", "start_param": "since"},
                **options,
            }
        },
    }


def test_all_pages_come_into_the_raw_table_with_their_lineage(
    people: Fetching, api: Api
) -> None:
    assert people.fetched() == [7]
    [file] = people.files()
    assert file == "shop/shop_people.fetched-00000001.jsonl.gz"
    assert [asked.get("page") for asked in api.asked] == [None, "2", "3"]
    [result] = people.load()
    assert (result.state, result.rows_read, result.rows_loaded) == ("loaded", 7, 7)
    assert result.message == "not declared, kept in _extra: updated"
    rows = people.shop.query(
        "select id, name, _source_file, _row_number, _extra, _loaded_at is not null "
        "from raw.shop_people order by _row_number"
    )
    assert rows[6] == (
        *("7", "Name 7", file, 7),
        {"updated": "2026-01-01T00:00:07Z"},
        True,
    )
    assert [row[3] for row in rows] == list(range(1, 8))


def test_only_what_is_new_or_changed_is_fetched_the_next_day(
    people: Fetching, api: Api
) -> None:
    people.fetch()
    api.asked.clear()
    assert people.fetched() == [0]
    assert api.asked[0] == {"since": "2026-01-01T00:00:07Z"}
    assert len(people.files()) == 1

    api.records[1] = person(2, day=2, name="Renamed", vip=True)
    api.records.append(person(8, day=2))
    assert people.fetched() == [2]
    assert [record["name"] for record in people.records()] == ["Renamed", "Name 8"]
    results = people.load()
    assert [result.rows_loaded for result in results] == [7, 2]
    assert "kept in _extra: updated, vip" in results[1].message
    assert people.fetched() == [0]


def test_a_record_with_the_last_cursor_that_comes_later_is_not_lost(
    people: Fetching, api: Api
) -> None:
    people.fetch()
    late = {**person(9), "updated": "2026-01-01T00:00:07Z"}
    changed = {**api.records[-1], "city": "Rome"}
    api.records[-1:] = [changed, late]
    assert people.fetched() == [2]
    assert people.records() == [changed, late]
    assert people.fetched() == [0]


def test_pages_may_be_numbered(people: Fetching, api: Api) -> None:
    people.declare(crm=connection(api, "numbered"))
    assert people.fetched() == [7]
    assert [asked["page"] for asked in api.asked] == ["1", "2", "3"]
    assert people.fetched() == [0]


def test_bad_moments_of_the_api_are_waited_for(people: Fetching, api: Api) -> None:
    api.moods = [429, 500, 503]
    api.after_page = lambda page: api.moods.extend([500] * (page == 2))
    assert people.fetched() == [7]
    assert [record["id"] for record in people.records()] == list(range(1, 8))


def test_a_failure_in_the_middle_brings_nothing_and_moves_no_cursor(
    people: Fetching, api: Api
) -> None:
    api.after_page = lambda page: api.moods.extend([500] * 9)
    with pytest.raises(UserError, match=r"crm, table shop_people: the API answers 500"):
        people.fetch()
    assert people.files() == []
    api.moods, api.after_page = [], lambda page: None
    assert people.fetched() == [7]


def test_a_record_that_changes_between_pages_is_there_in_its_last_version(
    people: Fetching, api: Api
) -> None:
    def change(page: int) -> None:
        if page == 1:
            api.records.append(person(1, day=2, name="Changed meanwhile"))
            api.after_page = lambda page: None

    api.after_page = change
    [result] = people.fetch()
    assert result.records == 8
    first, again = result.files
    assert [record["id"] for record in people.records(0)] == list(range(1, 8))
    assert [record["name"] for record in people.records(1)] == ["Changed meanwhile"]
    assert first < again
    assert people.fetched() == [0]


def test_each_version_of_one_fetch_has_a_file_and_the_last_one_counts(
    people: Fetching, api: Api
) -> None:
    names = ["First", "Second", "First"]
    api.records = [person(1, day=day, name=name) for day, name in enumerate(names, 1)]
    # members of an object have no order
    api.records[1] = dict(reversed(api.records[1].items()))
    people.declare(crm=connection(api, incremental=None))
    for record in api.records:
        record["updated"] = "always"
    [result] = people.fetch()
    assert list(result.files) == sorted(result.files) == people.files()
    assert [people.records(number)[0]["name"] for number in range(3)] == names
    assert [loaded.rows_loaded for loaded in people.load()] == [1, 1, 1]
    assert people.shop.query(
        "select name from raw.shop_people "
        'order by _batch_id desc, _source_file collate "C" desc'
    ) == [(name,) for name in reversed(names)]
    assert people.fetched() == [0]


def test_records_without_a_key_are_no_versions_of_one(
    people: Fetching, api: Api
) -> None:
    nobody = {"id": None, "updated": "1"}
    api.records = [nobody, {"updated": "1"}, {"id": "", "updated": "1"}, nobody]
    people.declare(crm=connection(api, incremental=None))
    assert people.fetched() == [4]
    assert len(people.files()) == 1
    assert [result.rows_quarantined for result in people.load()] == [4]


def test_a_key_that_is_none_is_told(people: Fetching, api: Api) -> None:
    api.records = [person(1, city=str(number)) for number in range(100)]
    people.declare(crm=connection(api, incremental=None))
    assert people.fetched() == [100]
    api.records.append(person(1))
    with pytest.raises(UserError, match=r"crm\.shop_people: a record came more than"):
        people.fetch()
    assert len(people.files()) == 100


def test_numbers_come_as_they_are_written(people: Fetching, api: Api) -> None:
    numbers = b'"city":12.10,"big":123456789012345678901234567890,"tiny":1.0E-400'
    api.body = b'{"records":[{"id":1,"updated":"2026","nothing":null,%b}]}' % numbers
    people.declare(crm=connection(api, paginator="single_page"))
    people.fetch()
    people.load()
    assert people.shop.query("select city, _extra from raw.shop_people") == [
        (
            "12.10",
            {
                "updated": "2026",
                "nothing": None,
                "big": "123456789012345678901234567890",
                "tiny": "1.0E-400",
            },
        )
    ]


def test_what_can_t_be_loaded_is_quarantined_and_counted(
    people: Fetching, api: Api
) -> None:
    api.body = (
        b'{"records":[{"id":1,"updated":"1"},{"id":null,"updated":"2"},"a text",'
        b'{"id":2,"name":"a\\u0000b","updated":"3"},{"id":3,"name":"\\ud800"}]}'
    )
    people.declare(crm=connection(api, paginator="single_page", incremental=None))
    assert people.fetched() == [5]
    [result] = people.load()
    assert (result.rows_read, result.rows_loaded, result.rows_quarantined) == (5, 1, 4)
    assert [reason for _, _, reason, _ in people.shop.quarantine()] == [
        "empty key: id",
        "not an object",
        "NUL character",
        "half a character (a lone surrogate)",
    ]


def test_names_may_differ(people: Fetching, api: Api) -> None:
    api.records = [{"number": 1, "label": "Ann", "updated": "1"}]
    rename = {"number": "id", "label": "name"}
    people.declare(crm=connection(api, rename=rename))
    people.fetch()
    people.load()
    assert people.shop.people() == [("1", "Ann", None)]


def test_full_fetches_everything_again(people: Fetching, api: Api) -> None:
    people.fetch()
    api.records[0] = {**api.records[0], "city": "Rome"}  # but not its cursor
    assert people.fetched() == [0]
    assert [result.records for result in people.fetch(full=True)] == [7]
    assert people.fetched() == [0]
    people.load()
    assert ("1", "Name 1", "Rome") in people.shop.people()


def test_a_fetch_that_is_killed_leaves_nothing_and_the_next_one_brings_all(
    people: Fetching, api: Api
) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def wait(page: int) -> None:
        if page == 2:
            reached.set()
            go_on.wait(60)

    api.after_page = wait
    with people.in_a_process():
        assert reached.wait(60)
        assert people.files() == ["shop/.crm.shop_people.0"]
        with pytest.raises(UserError, match="crm is being fetched by another run"):
            people.fetch()
    api.after_page = lambda page: None
    go_on.set()
    wait_for(lambda: not people.fetchers())
    assert [file for file, *_ in people.shop.manifest()] == []
    assert people.fetched() == [7]
    assert people.files() == ["shop/shop_people.fetched-00000001.jsonl.gz"]


@pytest.fixture
def versions(people: Fetching, api: Api) -> Fetching:
    """One record that comes three times in a fetch: three files."""
    api.records = [person(1, day=day, name=f"Version {day}") for day in (1, 2, 3)]
    people.declare(crm=connection(api, incremental=None))
    for record in api.records:
        record["updated"] = "always"
    return people


def latest(people: Fetching) -> str:
    """The name that staging takes."""
    return people.shop.query(
        "select name from raw.shop_people "
        'order by _batch_id desc, _source_file collate "C" desc limit 1'
    )[0][0]


def test_killed_while_its_files_are_noted_the_last_version_counts(
    versions: Fetching,
) -> None:
    with (
        versions.shop.admin() as database,
        database.transaction(),
    ):
        database.execute("lock table ops.fetched_files in share mode")
        with versions.in_a_process():
            versions.wait_until_noting()
    wait_for(lambda: not versions.fetchers())
    versions.load()
    versions.fetch()
    versions.load()
    assert latest(versions) == "Version 3"


def test_what_ended_between_two_files_is_completed_not_fetched_again(
    versions: Fetching, api: Api
) -> None:
    in_the_way = versions.shop.landing / "shop/shop_people.fetched-00000002.jsonl.gz"
    in_the_way.mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        versions.fetch()
    in_the_way.rmdir()
    versions.load()
    assert latest(versions) == "Version 1"
    asked = len(api.asked)
    assert versions.fetched() == [0]
    assert len(versions.files()) == 3 and len(api.asked) == asked + 1
    versions.load()
    assert latest(versions) == "Version 3"


def test_after_a_loss_all_of_its_fetch_comes_again_in_its_order(
    versions: Fetching, api: Api
) -> None:
    versions.fetch()
    versions.load()
    first, *_ = versions.files()
    lose = "delete from ops.load_manifest where source_file = %s returning 1"
    versions.shop.query(lose, first)
    (versions.shop.landing / first).unlink()
    versions.fetch()
    versions.load()
    assert latest(versions) == "Version 3"

    # a fetch that fails in between does not make it forget what it has lost
    *_, last = versions.files()
    versions.shop.query(lose, last)
    (versions.shop.landing / last).unlink()
    api.moods = [404]
    with pytest.raises(UserError, match="answers 404"):
        versions.fetch()
    assert versions.fetched() == [3]


# ---- mistakes ----


def test_a_wrong_key_is_told_without_the_key(
    people: Fetching, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEOPLE_KEY", "k-wrong")
    with pytest.raises(UserError) as error:
        people.fetch()
    assert str(error.value).startswith("crm: the API does not let us in (401")
    assert "k-wrong" not in str(error.value)


def test_a_key_that_is_not_set_is_asked_for_by_name(
    people: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PEOPLE_KEY")
    with pytest.raises(UserError, match=r"needs the environment variable PEOPLE_KEY"):
        people.fetch()


def test_what_all_tables_lack_is_said_once(
    people: Fetching, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = connection(api)
    both["tables"]["shop_latin"] = both["tables"]["shop_people"]
    people.declare(crm=both)
    monkeypatch.delenv("PEOPLE_KEY")
    with pytest.raises(UserError) as error:
        people.fetch()
    assert str(error.value).count("PEOPLE_KEY") == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>", "the answer is not JSON"),
        (b'{"records":[{"id":1,"updated":"1"},{"id":2,"updated":2}]}', "compared"),
        (
            b'{"items": [{"id": 1}], "next": null, "ann@x.org": 1}',
            "data_selector records is not in the answer; at the top it has items, next",
        ),
        (
            b'{"error": {"code": "rate_limited", "message": "Slow down, Ann Lee"}}',
            r"the API answers with an error \(rate_limited\)",
        ),
        (
            b'{"errors": [{"type": "key of Ann", "reason": 1042}], "message": "Ann"}',
            r"the API answers with an error \(1042\)",
        ),
        (b'{"success": false, "message": "No, Ann Lee"}', r"answers with an error\."),
    ],
)
def test_an_answer_that_makes_no_sense_is_told_without_it(
    people: Fetching, api: Api, body: bytes, message: str
) -> None:
    api.body = body
    people.declare(crm=connection(api, paginator="single_page"))
    with pytest.raises(UserError, match=message) as error:
        people.fetch()
    assert "ann" not in str(error.value).replace("answer", "").casefold()
    assert people.files() == []


def test_an_error_in_place_of_a_page_is_not_the_last_page(
    people: Fetching, api: Api
) -> None:
    def fail(page: int) -> None:
        api.body = b'{"error": "expired_cursor"}'

    api.after_page = fail
    with pytest.raises(UserError, match=r"answers with an error \(expired_cursor\)"):
        people.fetch()
    assert people.files() == []
    api.body, api.after_page = None, lambda page: None
    assert people.fetched() == [7]


def test_an_api_may_leave_out_a_list_that_is_empty(people: Fetching, api: Api) -> None:
    people.fetch()
    api.body = b'{"next": null}'
    assert people.fetched() == [0]
    with pytest.raises(UserError, match="data_selector records is not in the answer"):
        people.fetch(full=True)
    people.declare(crm=connection(api, data_selector="items"))
    with pytest.raises(UserError, match="data_selector items is not in the answer"):
        people.fetch()


@pytest.mark.parametrize("selector", ["records[*]", "$.records", None])
def test_an_empty_list_is_nothing_new(
    people: Fetching, api: Api, selector: str | None
) -> None:
    api.body = b'{"records": [], "next": null, "errors": []}'
    people.declare(crm=connection(api, data_selector=selector))
    assert people.fetched() == [0]


def test_one_that_fails_keeps_no_other_from_being_fetched(
    people: Fetching, api: Api
) -> None:
    gone = connection(api)
    gone["api"]["base_url"] = "http://127.0.0.1:9/"
    half = connection(api)
    half["tables"] = {
        "shop_latin": {"path": "nothing", "paginator": "single_page"},
        **half["tables"],
    }
    people.declare(gone=gone, half=half, whole=connection(api))
    with pytest.raises(UserError) as error:
        people.fetch()
    assert str(error.value) == (
        "gone: 127.0.0.1:9 is not there; half, table shop_latin: the API answers 404 "
        "Not Found. What else there is was fetched; put that right and fetch again."
    )
    assert len(people.files()) == 2
