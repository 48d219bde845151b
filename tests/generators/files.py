"""Reading what the generators write, with nothing but the standard library."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd

UNREADABLE = {"", "N/A", "-", "TBD", "#VALUE!"}

DATED = re.compile(r"_(\d{4}-\d\d-\d\d)(?=\.)")


def read(path: Path) -> pd.DataFrame:
    """A file's rows as text; JSON's nulls and CSV's empty fields are empty."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as handle:
            header, *rows = csv.reader(handle, strict=True)
        return pd.DataFrame(rows, columns=header, dtype=object)
    text = path.read_text(encoding="utf-8")
    objects = (
        json.loads(text, parse_float=str, parse_int=str)
        if text.startswith("[")
        else [json.loads(x, parse_float=str, parse_int=str) for x in text.splitlines()]
    )
    return pd.DataFrame(objects, dtype=object).fillna("")


def deliveries(landing: Path, file: str) -> Iterator[tuple[date | None, pd.DataFrame]]:
    """The base file and those of the days after it, with their dates."""
    base = landing / file
    yield None, read(base)
    for path in sorted(base.parent.glob(f"{base.stem}_????-??-??{base.suffix}")):
        found = DATED.search(path.name)
        assert found
        yield date.fromisoformat(found[1]), read(path)


def delivered(landing: Path, file: str) -> pd.DataFrame:
    """All rows of a kind of file, in the order of their deliveries."""
    return pd.concat([rows for _, rows in deliveries(landing, file)], ignore_index=True)


def digests(folder: Path) -> dict[str, str]:
    """A digest of every file below a folder, by its path there."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def latest(landing: Path, file: str, key: str) -> pd.DataFrame:
    """The last delivered row of each key."""
    rows = delivered(landing, file)
    return rows.drop_duplicates(key, keep="last").set_index(key)


def cents(amounts: pd.Series) -> pd.Series:
    """Amounts as they stand in a file; not a number where they can't be read."""
    plain = amounts.astype(str).str.replace(r"[$, ]|USD", "", regex=True)
    return pd.to_numeric(plain.mask(plain.isin(UNREADABLE))).mul(100).round()
