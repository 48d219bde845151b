"""The project's files before and after: all of them are written, or none."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from customer360.errors import UserError
from customer360.sources.feeders import describe_records, describe_transactions
from customer360.sources.project import (
    CONTACTS,
    CUSTOMERS,
    STAGING,
    TRANSACTIONS,
    Project,
)
from customer360.sources.render import (
    LONGEST_YAML,
    Rendered,
    feeder_entry,
    source_file,
    staging_name,
)

_SALES = "int_transactions__"
_MODELS = "version: 2\n\nmodels:\n"


@dataclass(frozen=True)
class Change:
    """A file that is made, or in which something is added."""

    path: Path
    before: str | None
    """None: there is no such file."""
    after: str


def changes(found: Rendered, project: Project) -> list[Change]:
    """What has to be written for a proposal; UserError if a file that has to be made
    is there, or one that has to be changed is laid out in a way of its own."""
    proposal = found.proposal
    system, entity = proposal.system, proposal.entity
    staging = project.folder / STAGING / system
    name = staging_name(proposal)
    made = [_new(staging / f"{name}.sql", found.staging)]
    known = project.systems.get(system)
    if known:
        made.append(_grown_source(known.declared_in, found))
    else:
        made.append(_new(staging / f"_{system}__sources.yml", source_file(found)))
    made.append(_documented(staging, system, entity, name, found.model))
    made.append(
        _listed(
            project.folder / "macros" / "loads" / "staged_tables.sql",
            r'"\w+__\w+",',
            f'"{system}__{entity}",',
        )
    )
    if found.records:
        made += _feeder(
            project,
            folder=CUSTOMERS,
            stem="int_customer_records",
            found=found,
            text=found.records,
            description=describe_records(proposal),
            anchor="record",
            listed_in=Path("macros") / "identity" / "customer_record_models.sql",
        )
    if found.has_addresses:
        folder = project.folder / CONTACTS
        read = _listed(
            folder / "int_contacts__addresses.sql",
            r'ref\("stg_\w+"\),',
            f'ref("{name}"),',
        )
        made += [
            read,
            _tested(folder, "_contacts__unit_tests.yml", read.path.stem, name),
        ]
    if found.transactions:
        made += _feeder(
            project,
            folder=TRANSACTIONS,
            stem="int_transactions",
            found=found,
            text=found.transactions,
            description=describe_transactions(proposal),
            anchor="transaction",
            listed_in=TRANSACTIONS / "int_transactions.sql",
        )
        [feeder] = [c.path.stem for c in made if c.path.stem.startswith(_SALES)]
        folder = project.folder / TRANSACTIONS
        made.append(
            _tested(folder, "_transactions__unit_tests.yml", "int_transactions", feeder)
        )
    return made


def write(made: Sequence[Change], check: Callable[[], object]) -> None:
    """Write all files, then `check` them; whatever fails, none is left written."""
    for change in made:
        now = _text(change.path)
        if now != change.before:
            raise UserError(
                f"{change.path} has changed meanwhile: run the command again."
            )
    folders = [
        folder
        for change in made
        for folder in (change.path.parent,)
        if not folder.exists()
    ]
    done: list[Change] = []
    try:
        for change in made:
            change.path.parent.mkdir(parents=True, exist_ok=True)
            done.append(change)
            _put(change.path, change.after)
        check()
    except BaseException:
        for change in done:
            if change.before is None:
                change.path.unlink(missing_ok=True)
            else:
                _put(change.path, change.before)
        for folder in folders:
            with suppress(OSError):
                folder.rmdir()
        raise


def _put(path: Path, text: str) -> None:
    """A file is there with all of its text, or as it was."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _text(path: Path) -> str | None:
    return path.read_bytes().decode() if path.exists() else None


def _new(path: Path, text: str) -> Change:
    if path.exists():
        raise UserError(
            f"{path.name} is there already: say another --entity, or edit that."
        )
    return Change(path, None, text)


def _grown_source(path: Path, found: Rendered) -> Change:
    before = path.read_bytes().decode()
    after = f"{before.rstrip()}\n\n{found.table}"
    proposal = found.proposal

    def tables(text: str) -> Any:
        document = yaml.safe_load(text)
        [source] = [s for s in document["sources"] if s["name"] == proposal.system]
        return [source.pop("tables"), document]

    _check_grown(path, before, after, tables, proposal.entity)
    return Change(path, before, after)


def _documented(
    staging: Path, system: str, entity: str, name: str, entry: str
) -> Change:
    path = staging / f"_{system}__models.yml"
    before = _text(path)
    if before is None:
        return Change(path, None, _MODELS + entry)
    after = f"{before.rstrip()}\n\n{entry}"
    if after.count("\n") > LONGEST_YAML:
        return _new(staging / f"_{system}__{entity}__models.yml", _MODELS + entry)
    _check_grown(path, before, after, _models, name)
    return Change(path, before, after)


def _feeder(
    project: Project,
    *,
    folder: Path,
    stem: str,
    found: Rendered,
    text: str,
    description: str,
    anchor: str,
    listed_in: Path,
) -> list[Change]:
    proposal = found.proposal
    name = f"{stem}__{proposal.system}"
    if (project.folder / folder / f"{name}.sql").exists():
        # what somebody wrote by hand stays as it is
        name += f"_{proposal.entity}"
    described = project.folder / folder / f"_{folder.name}__models.yml"
    before = described.read_bytes().decode()
    entry = feeder_entry(name, description, anchor)
    after = _with_entry(before, stem, name, entry)
    _check_grown(described, before, after, _models, name)
    return [
        _new(project.folder / folder / f"{name}.sql", text),
        Change(described, before, after),
        _listed(
            project.folder / listed_in, rf'ref\("{stem}__\w+"\),', f'ref("{name}"),'
        ),
    ]


def _with_entry(text: str, stem: str, name: str, entry: str) -> str:
    """The text with an entry among those of its kind, by name, but not before the
    first, whose anchors the others repeat."""
    entries = list(re.finditer(r"^  - name: (\w+)\n", text, re.MULTILINE))
    for match in entries[1:]:
        is_feeder = match[1].startswith(f"{stem}__") and match[1] != f"{stem}__unioned"
        if not is_feeder or match[1] > name:
            head = text[: match.start()].rstrip()
            return f"{head}\n\n{entry}\n{text[match.start() :]}"
    return f"{text.rstrip()}\n\n{entry}"


def _listed(path: Path, pattern: str, line: str) -> Change:
    """A list with one item a line gets one more, in order."""
    before = path.read_bytes().decode()
    items = list(re.finditer(rf"^( +){pattern}\n", before, re.MULTILINE))
    if not items:
        raise UserError(
            f"{path.name} has no list of the kind that this project's has: add "
            f"{line.rstrip(',')} to it by hand, after this command's other changes."
        )
    later = [item for item in items if item[0].strip() > line]
    place = later[0].start() if later else items[-1].end()
    after = f"{before[:place]}{items[0][1]}{line}\n{before[place:]}"
    return Change(path, before, after)


def _tested(folder: Path, file: str, model: str, name: str) -> Change:
    """The model's unit tests with one more input, of which they want no row: dbt
    asks for all inputs that a model has."""
    path = folder / file
    before = path.read_bytes().decode()
    entry = f"      - input: ref('{name}')\n        rows: []\n"
    like = re.compile(rf"^      - input: ref\('({name.split('_')[0]}_\w+)'\)\n", re.M)
    tests = re.split(r"(?m)^(?=  - name: )", before)
    for k, test in enumerate(tests):
        if not re.search(rf"^    model: {model}$", test, re.MULTILINE):
            continue
        later = [match for match in like.finditer(test) if match[1] > name]
        if given := re.search(r"^    given:\n(?: {6}.*\n)*", test, re.M):
            place = later[0].start() if later else given.end()
            tests[k] = test[:place] + entry + test[place:]
    after = "".join(tests)

    def without(text: str) -> Any:
        document = yaml.safe_load(text)
        asked = [test for test in document["unit_tests"] if test["model"] == model]
        for test in asked:
            test["given"] = [
                given for given in test["given"] if given["input"] != f"ref('{name}')"
            ]
        return document

    try:
        asked = sum(t["model"] == model for t in yaml.safe_load(after)["unit_tests"])
        is_grown = without(after) == yaml.safe_load(before)
        is_grown = is_grown and after.count(entry) == asked
    except (yaml.YAMLError, KeyError, TypeError):
        is_grown = False
    if not is_grown:
        raise _strange(path)
    return Change(path, before, after)


def _models(text: str) -> Any:
    document = yaml.safe_load(text)
    return [document.pop("models"), document]


def _check_grown(
    path: Path, before: str, after: str, read: Callable[[str], Any], name: str
) -> None:
    """UserError unless all that YAML says is what it said, and one thing more."""
    try:
        old, new = read(before), read(after)
        kept = [thing for thing in new[0] if thing["name"] != name]
        is_grown = [kept, new[1]] == old and len(kept) == len(new[0]) - 1
    except (yaml.YAMLError, KeyError, ValueError, TypeError, AttributeError):
        is_grown = False
    if not is_grown:
        raise _strange(path)


def _strange(path: Path) -> UserError:
    return UserError(
        f"{path.name} is laid out in a way of its own: nothing can be added to it "
        "without a person. Declare the table by hand (CONTRIBUTING.md, Add a source)."
    )
