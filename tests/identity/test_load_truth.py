"""The truth about generated records, on its way into the database."""

from __future__ import annotations

from pathlib import Path

import pytest

from customer360 import warehouse
from customer360.errors import UserError
from customer360.identity.truth import FILE, load_truth
from customer360.settings import Settings

HEADER = "system,entity,record_id,person_id\n"


def rows(settings: Settings) -> list[tuple[str, ...]]:
    with warehouse.connect(settings, "transformer") as connection:
        return connection.execute(
            "select record_id, person_id, xmin::text from raw.identity_truth order by 1"
        ).fetchall()


def test_the_database_knows_what_the_file_does(
    database: Settings, tmp_path: Path
) -> None:
    path = tmp_path / FILE
    path.write_text(f'{HEADER}shop,customers,1,P1\ncsv,customers,"a,b",P2\n')
    load_truth(database, path)
    first = rows(database)
    assert [row[:2] for row in first] == [("1", "P1"), ("a,b", "P2")]
    load_truth(database, path)
    assert rows(database) == first, "nothing was written again"
    path.write_text(f"{HEADER}shop,customers,1,P3\n")
    load_truth(database, path)
    assert [row[:2] for row in rows(database)] == [("1", "P3")]
    path.unlink()
    load_truth(database, path)
    assert rows(database) == []


@pytest.mark.parametrize(
    "text", ["id,person\n1,P1\n", f"{HEADER}shop,customers,1,P1\nshop,customers,1,P2\n"]
)
def test_another_file_of_that_name_is_refused(
    database: Settings, tmp_path: Path, text: str
) -> None:
    path = tmp_path / FILE
    path.write_text(text)
    with pytest.raises(UserError, match="is not the truth of generated records"):
        load_truth(database, path)
    assert rows(database) == []
