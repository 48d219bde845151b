"""Records whose persons are known: somebody's file, by a mapping of its columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from customer360.errors import UserError
from customer360.identity.columns import read_columns
from customer360.ingest.names import shown

FIELDS = {
    "given_name": "given_name",
    "surname": "family_name",
    "full_name": "full_name",
    "birth_date": "birth_date",
    "email": "email",
    "phone": "phone",
    "address": "address",
    "postcode": "postcode",
    "city": "city",
    "issued_id": "issued_id",
    "other": "other",
}
"""What a column can be mapped to, and what the models call it."""


@dataclass(frozen=True)
class LabelledRecords:
    """The records of a file, in its order; None is what a record doesn't say."""

    fields: Mapping[str, Sequence[str | None]]
    """By the models' name of a field: its value for each record."""
    persons: Sequence[str | None]
    sources: Sequence[str | None]

    def __len__(self) -> int:
        return len(self.persons)

    def rows(self) -> Iterator[tuple[int | str | None, ...]]:
        """Number, source and fields of each record: all that the models may see."""
        numbers = range(1, len(self) + 1)
        return zip(numbers, self.sources, *self.fields.values(), strict=True)


def read_mapping(options: Iterable[str]) -> dict[str, list[str]]:
    """The columns of each field of `given_name=first_name,surname=last_name`.

    A field that is named more than once takes all of its columns.
    """
    columns: dict[str, list[str]] = defaultdict(list)
    for part in ",".join(options).split(","):
        field, _, column = (text.strip() for text in part.partition("="))
        if not (field and column):
            raise UserError(
                "--map takes FIELD=COLUMN, separated by commas, such as "
                "given_name=first_name,surname=last_name; not "
                f"{shown(part.strip()) or 'nothing'}."
            )
        if field not in FIELDS:
            raise UserError(
                f"--map knows no field {shown(field)}; it knows {', '.join(FIELDS)}."
            )
        columns[field].append(column)
    return columns


def read_records(
    path: Path,
    mapping: Mapping[str, Sequence[str]],
    *,
    truth_column: str,
    source_column: str | None = None,
) -> LabelledRecords:
    """Read a CSV or Parquet file; UserError says what is wrong with it."""
    mapped = [column for columns in mapping.values() for column in columns]
    if truth_column in mapped:
        raise UserError(
            f"--map names the truth column {shown(truth_column)}: whoever is to find "
            "it must not see it."
        )
    others = [truth_column] + ([source_column] if source_column else [])
    columns = read_columns(path, list(dict.fromkeys(mapped + others)))
    persons = [person and person.strip() for person in columns[truth_column]]
    if not any(persons):
        raise UserError(
            f"{path.name} says of no record whose it is: its truth column "
            f"{shown(truth_column)} is empty."
        )
    nothing: list[None] = [None] * len(persons)
    return LabelledRecords(
        {
            name: _joined([columns[column] for column in mapping[field]])
            if field in mapping
            else nothing
            for field, name in FIELDS.items()
        },
        persons,
        columns[source_column] if source_column else nothing,
    )


def _joined(columns: Sequence[Sequence[str | None]]) -> list[str | None]:
    """What a record says in any of the columns; of a single one, as it stands."""
    if len(columns) == 1:
        return list(columns[0])
    return [
        " ".join(value.strip() for value in values if value) or None
        for values in zip(*columns, strict=True)
    ]
