"""A file's records, ready to be loaded or to be set aside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from psycopg import sql


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that can't be loaded."""

    line: int
    """Physical line it begins on; the file's first is 1."""
    number: int
    """Number of the record; the first after the header is 1."""
    reason: str
    raw: bytes
    """As it stands in the file."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some consecutive records."""

    records: int
    lines: bytes
    """The good ones, for COPY."""
    rejected: list[Rejected]


class Content(Protocol):
    """What a file holds, whatever its format."""

    @property
    def statement(self) -> sql.Composed:
        """The COPY that takes the lines of all pieces."""

    def pieces(self) -> Iterator[Piece]:
        """All records, in order. UnloadableFile after the last one if the file
        changed meanwhile."""

    def notices(self) -> list[str]:
        """What a person should know; complete after the last piece."""
