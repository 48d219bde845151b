"""The landing folder: which file belongs into which table."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from customer360.errors import UserError
from customer360.ingest import packing
from customer360.ingest.declarations import (
    DeclaredTable,
    declared_tables,
    is_fetched,
)
from customer360.ingest.fit import declared_columns
from customer360.ingest.json_scanner import JsonScanner
from customer360.ingest.names import shown
from customer360.ingest.scanner import UnreadableText
from customer360.ingest.source import Source
from customer360.ingest.unloadable import UnloadableFile
from customer360.settings import Settings

_MOST_SHOWN = 20


@dataclass(frozen=True)
class LandingFile:
    """A file that is recognised. All values are plain: `to_dict` is JSON."""

    path: str
    """Where it is."""
    source_file: str
    """Its path relative to the landing folder, with `/`: its name in lineage."""
    table: str
    """Name of its table in the raw schema; of one that claims it, if `refused`."""
    member: str | None = None
    """Which member of the archive at `path` it is, if that is one."""
    refused: str | None = None
    """Why nobody can tell whose it is, so that loading it fails; the rest of a
    sentence that begins with its name."""
    rivals: tuple[str, ...] = ()
    """The other tables that claim it, if `refused`."""

    def to_dict(self) -> dict[str, Any]:
        """The file as plain values."""
        return {**asdict(self), "rivals": list(self.rivals)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> LandingFile:
        """What `to_dict` gave, as a file again."""
        return cls(**{**values, "rivals": tuple(values["rivals"])})


def discover(settings: Settings) -> list[LandingFile]:
    """The landing folder's files that belong into a declared table, by name.

    Files lie in the folder itself or in one folder below it; in a folder named
    after a system they belong to that system. Members of a zip archive are files of
    their own. Where a name fits several tables, the columns decide; where they can't,
    the file is `refused`, or left alone if it is empty. UserError: there is no such
    folder.
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
    if not landing.is_dir():
        raise UserError(
            f"The landing folder {landing} "
            f"{'is not a folder' if landing.exists() else 'does not exist'}: put "
            "files there, or name another with --landing or C360_LANDING_DIR."
        )
    systems = {table.system for table in tables}
    files, others = [], []
    for path in _entries(landing):
        name = _name(path.relative_to(landing))
        folder = path.parent.name if path.parent != landing else None
        if not path.is_file():
            others.append(name + ("/" if path.is_dir() else ""))
            continue
        for found in _contents(path, name, folder):
            matching = [table for table in tables if found.may_be_in(table)]
            system = next((name for name in found.folders if name in systems), None)
            if system:
                matching = [table for table in matching if table.system == system]
            if not matching:
                others.append(found.name + found.note)
            elif len(matching) == 1:
                files.append(found.file_of(matching[0]))
            elif file := _decide(found, matching):
                files.append(file)
            else:
                others.append(f"{found.name} (empty)")
    return files, others


@dataclass(frozen=True)
class _Candidate:
    """Something that may be loaded: a file, or a member of an archive."""

    path: Path
    name: str
    """As it is called in lineage."""
    folders: tuple[str | None, ...]
    """Those it lies in, the nearest first."""
    names: tuple[str, ...]
    """What patterns may match; nothing where there is nothing to load."""
    member: str | None = None
    note: str = ""
    """What to say of it if it belongs nowhere."""

    def may_be_in(self, table: DeclaredTable) -> bool:
        """Whether the table's patterns take such a name, or it was fetched for it."""
        if self.names and is_fetched(self.names[0]):
            return is_fetched(self.names[0], table)
        return any(
            fnmatchcase(name.casefold(), pattern.casefold())
            for pattern in table.files
            for name in self.names
        )

    def file_of(self, table: DeclaredTable) -> LandingFile:
        """It as a file of that table."""
        return LandingFile(str(self.path), self.name, table.name, self.member)


def _contents(path: Path, name: str, folder: str | None) -> Iterator[_Candidate]:
    """A file, or what is in it if it is an archive that can be read."""
    plain, suffix = _without_packing(path.name)
    members, links = _members(path) if suffix == ".zip" else ([], [])
    for link in links:
        yield _Candidate(path, f"{name}/{_printable(link)}", (), (), note=" (a link)")
    if not members:
        note = (
            " (an archive without a file that can be read)" if suffix == ".zip" else ""
        )
        yield _Candidate(path, name, (folder,), (path.name, plain), note=note)
    for member in members:
        *folders, last = member.replace("\\", "/").split("/")
        names = [last, _without_packing(last)[0]]
        if len(members) == 1:
            # who packs one file names the archive after it
            names += [plain, plain + PurePosixPath(last).suffix]
        yield _Candidate(
            path,
            f"{name}/{_printable(member)}",
            (*reversed(folders), folder),
            tuple(names),
            member,
        )


def _members(path: Path) -> tuple[list[str], list[str]]:
    """The members of an archive, hidden ones left out, and the links in it; none if
    it can't be read: loading it will tell why."""
    try:
        with path.open("rb") as file:
            members, links = packing.members(file), packing.links(file)
    except (OSError, UnloadableFile):
        return [], []
    hidden = re.compile(r"(^|[/\\])(\.[^./\\]|__MACOSX[/\\])")
    return [member for member in members if not hidden.search(member)], links


def _without_packing(name: str) -> tuple[str, str]:
    """A file's name without the suffix that tells how it is packed, and that."""
    stem, dot, suffix = name.rpartition(".")
    packed = f"{dot}{suffix}".casefold()
    return (stem, packed) if stem and packed in packing.SUFFIXES else (name, "")


def _decide(found: _Candidate, tables: list[DeclaredTable]) -> LandingFile | None:
    """The file of the one table whose columns fit, or of none, which it then says;
    None if there is nothing in it to load."""
    fits, faults, empty = [], [], []
    for table in tables:
        try:
            with Source(found.path, table.encoding, member=found.member) as source:
                sample = source.sample()
                columns = declared_columns(sample, table)
                # what begins with blank lines may yet go on
                empty.append(
                    _is_empty([sample], table) and _is_empty(source.blocks(), table)
                )
        except UnloadableFile as error:
            faults.append(str(error))
            continue
        if columns.issuperset(table.key):
            fits.append((len(columns), len(columns) - len(table.columns), table.name))
    fits.sort(reverse=True)
    if fits and fits[0][0] and (len(fits) == 1 or fits[0][:2] != fits[1][:2]):
        return next(found.file_of(t) for t in tables if t.name == fits[0][2])
    if not faults and all(empty):
        return None
    one, other = tables[:2]
    ambiguous = (
        f"matches the patterns of both {one.qualified_name} and "
        f"{other.qualified_name}, and its columns do not tell which it is: put it into "
        f"a folder named after its system ({one.system}, {other.system}), or narrow "
        f"the patterns in {one.declared_in}."
    )
    return replace(
        found.file_of(one),
        refused=faults[0] if faults else ambiguous,
        rivals=tuple(table.name for table in tables[1:]),
    )


def _is_empty(blocks: Iterable[bytes], table: DeclaredTable) -> bool:
    """Whether there is no record in a text, nor a header."""
    if table.format == "csv":
        return not any(block.strip() for block in blocks)
    scanner = JsonScanner()
    try:
        return not any(map(scanner.feed, blocks)) and not scanner.finish()
    except UnreadableText:
        return False


def left_alone(names: list[str], most: int = _MOST_SHOWN) -> str:
    """The first of the files that are left alone, and how many more."""
    text = ", ".join(shown(name) for name in names[:most])
    more = len(names) - most
    return f"{text} and {more:,} more" if more > 0 else text


def _entries(landing: Path) -> list[Path]:
    """Files of the folder and of the folders in it; folders below those as such."""
    entries = []
    for path in _visible(landing):
        if not path.is_dir():
            entries.append(path)
        elif within := _visible(path):
            entries += within
        elif path.suffix:  # empty, but named like a file
            entries.append(path)
    return sorted(entries)


def _visible(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if not path.name.startswith(".")]


def _name(relative: Path) -> str:
    # a file system's names are bytes; the database takes text only
    return _printable(relative.as_posix())


def _printable(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "backslashreplace")
