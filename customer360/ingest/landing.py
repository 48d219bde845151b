"""The landing folder: which file belongs into which table."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from customer360.errors import UserError
from customer360.ingest.declarations import DeclaredTable, declared_tables
from customer360.settings import Settings

_MOST_SHOWN = 20


@dataclass(frozen=True)
class LandingFile:
    """A file that is recognised. All values are text: `to_dict` is JSON."""

    path: str
    """Where it is."""
    source_file: str
    """Its path relative to the landing folder, with `/`: its name in lineage."""
    table: str
    """Name of its table in the raw schema."""

    def to_dict(self) -> dict[str, str]:
        """The file as plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> LandingFile:
        """What `to_dict` gave, as a file again."""
        return cls(values["path"], values["source_file"], values["table"])


def discover(settings: Settings) -> list[LandingFile]:
    """The landing folder's files that belong into a declared table, by name.

    Files lie in the folder itself or in one folder below it; in a folder named
    after a system they belong to that system. UserError: there is no such
    folder, or a file matches two tables.
    """
    return survey(settings)[0]


def unrecognised(settings: Settings) -> list[str]:
    """Paths in the landing folder that belong to no declared table: they are left
    alone. Hidden files (`.name`) don't count."""
    return survey(settings)[1]


def survey(settings: Settings) -> tuple[list[LandingFile], list[str]]:
    """What `discover` and `unrecognised` say, from one look at the folder."""
    tables = declared_tables(settings)
    try:
        return _survey(settings.landing_dir, tables)
    except OSError as error:
        raise UserError(
            f"The landing folder cannot be read ({error.strerror}): {error.filename}. "
            "Put that right, or name another with --landing or C360_LANDING_DIR."
        ) from None


def _survey(
    landing: Path, tables: list[DeclaredTable]
) -> tuple[list[LandingFile], list[str]]:
    systems = {table.system for table in tables}
    if not landing.is_dir():
        raise UserError(
            f"The landing folder {landing} "
            f"{'is not a folder' if landing.exists() else 'does not exist'}: put "
            "files there, or name another with --landing or C360_LANDING_DIR."
        )
    files, others = [], []
    for path in _entries(landing):
        folder = path.parent.name if path.parent != landing else None
        source_file = _name(path.relative_to(landing))
        matching = [
            table
            for table in tables
            if (folder not in systems or table.system == folder)
            and path.is_file()
            and _matches(path.name, table)
        ]
        if len(matching) > 1:
            raise UserError(
                f"{shown(source_file)} matches the patterns of both "
                f"{matching[0].qualified_name} and {matching[1].qualified_name}: put "
                f"it into a folder named after its system ({matching[0].system}, "
                f"{matching[1].system}), or narrow the patterns in "
                f"{matching[0].declared_in}."
            )
        if matching:
            files.append(LandingFile(str(path), source_file, matching[0].name))
        else:
            others.append(source_file + ("/" if path.is_dir() else ""))
    return files, others


def shown(name: str) -> str:
    """A file's name as one line that any terminal can show."""
    return name if name.isprintable() else ascii(name)[1:-1]


def left_alone(names: list[str]) -> str:
    """The first of the files that were not recognised, and how many more."""
    text = ", ".join(shown(name) for name in names[:_MOST_SHOWN])
    more = len(names) - _MOST_SHOWN
    return f"{text} and {more:,} more" if more > 0 else text


def _entries(landing: Path) -> list[Path]:
    """Files of the folder and of the folders in it; folders below those as such."""
    entries = []
    for path in _visible(landing):
        entries += _visible(path) if path.is_dir() else [path]
    return sorted(entries)


def _visible(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if not path.name.startswith(".")]


def _matches(name: str, table: DeclaredTable) -> bool:
    return any(
        fnmatchcase(name.casefold(), pattern.casefold()) for pattern in table.files
    )


def _name(relative: Path) -> str:
    # a file system's names are bytes; the database takes text only
    return os.fsencode(relative.as_posix()).decode("utf-8", "backslashreplace")
