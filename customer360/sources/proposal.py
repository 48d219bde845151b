"""What a file is taken for, and what would be made of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from customer360.errors import UserError
from customer360.ingest.declarations import normalised
from customer360.sources.meanings import (
    CUSTOMERS,
    KINDS,
    OTHER,
    SALES,
    vocabulary,
)
from customer360.sources.names import (
    check_name,
    file_pattern,
    guess_names,
    singular,
)
from customer360.sources.project import Project
from customer360.sources.recognise import Column, recognise
from customer360.sources.sample import Sample
from customer360.sources.totals import total_notes
from customer360.sources.values import MOST, Profile

CHANNELS = ("online", "in_store", "dealer", "service", "subscription", "other")
_DEALS = ("deal", "opportunit")
_FEW_ROWS = 20
_ID_WORDS = ("id", "key", "no", "number", "code", "uid", "uuid")


@dataclass(frozen=True)
class Choices:
    """What the person says; None where the file is to tell."""

    system: str | None = None
    entity: str | None = None
    kind: str | None = None
    key: tuple[str, ...] | None = None
    """Headers; empty: rows have no key."""
    files: str | None = None
    issuer: str | None = None
    channel: str | None = None
    currency: str | None = None
    day_first: bool | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    """Header → meaning."""


@dataclass(frozen=True)
class Proposal:
    """Everything that is written follows from it."""

    sample: Sample
    system: str
    title: str
    """The system, as people write its name."""
    entity: str
    kind: str
    issuer: str
    files: str
    columns: tuple[Column, ...]
    key: tuple[Column, ...]
    """Empty: rows are told apart by all of their content."""
    day_first: bool | None
    channel: str
    currency: str | None
    """Of all amounts; None: they say it, or are in the reporting currency."""
    buyers: tuple[str, str] | None
    """System and entity of the records that `customer_id` names; None: the file's
    own buyers become records."""
    is_deals: bool
    """Whether what is not won has a date that only may come."""
    is_new_system: bool
    notes: tuple[str, ...]
    """What a person should know before accepting."""

    @property
    def own_id(self) -> str:
        """The staged name of the row's own id."""
        stem = singular(self.entity)
        is_order = self.key == (self.column("order_id"),) or (
            len(self.key) == 1 and not self.column("order_id")
        )
        if self.kind == SALES and not is_order and not stem.endswith("line"):
            stem += "_line"
        return f"{stem}_id"

    def column(self, meaning: str) -> Column | None:
        """The column that has the meaning."""
        return next((c for c in self.columns if c.meaning == meaning), None)

    @property
    def declared(self) -> list[Column]:
        """The columns of the raw table."""
        return [column for column in self.columns if column.name]

    @property
    def grain(self) -> str:
        """What a row is, in words."""
        return self.own_id.removesuffix("_id").replace("_", " ")


def propose(sample: Sample, project: Project, choices: Choices) -> Proposal:
    """What the file is, as far as the file and the person say; UserError where that
    is not enough, or can't be."""
    if choices.kind not in (None, *KINDS):
        raise UserError(f"--kind must be one of {', '.join(KINDS)}.")
    if choices.channel not in (None, *CHANNELS):
        raise UserError(f"--channel must be one of {', '.join(CHANNELS)}.")
    if choices.currency and not re.fullmatch(r"[A-Z]{3}", choices.currency):
        raise UserError("--currency takes a currency's three letters, such as EUR.")
    if choices.issuer:
        check_name("--issuer", choices.issuer)
    if choices.files and not fnmatchcase(
        sample.name.casefold(), choices.files.casefold()
    ):
        raise UserError(
            f"--files {choices.files} does not take {sample.name}: name a pattern, "
            "such as orders*.csv, that does."
        )
    project.check_new(sample, choices.system)
    export = vocabulary().export_of(sample.headers)
    system, entity = _names(sample, project, choices)
    kind, columns = recognise(sample, export, choices.kind, choices.mapping)
    notes = _file_notes(sample, project, columns)
    key = _key(sample, columns, kind, choices.key)
    by_meaning = {column.meaning: column for column in columns if column.meaning}
    if kind == SALES and "amount" not in by_meaning and "unit_price" not in by_meaning:
        raise UserError(
            "A file of sales needs a column that is the amount: say which with --map "
            "COLUMN=amount, or --kind other."
        )
    known = project.systems.get(system)
    issuer = choices.issuer or (known.issuer if known else system)
    buyers, remarks = None, _people_notes(columns, kind)
    if kind == SALES:
        buyers = _buyers(project, issuer, by_meaning)
        remarks = [
            *_sales_notes(by_meaning, project, choices, buyers),
            *total_notes(sample, key, by_meaning),
        ]
    is_deals = kind == SALES and any(word in entity for word in _DEALS)
    return Proposal(
        sample=sample,
        system=system,
        title=_title(system),
        entity=entity,
        kind=kind,
        issuer=issuer,
        files=choices.files or file_pattern(sample.name),
        columns=tuple(columns),
        key=key,
        day_first=_day_first(columns, choices.day_first, notes),
        channel=choices.channel or "other",
        currency=choices.currency or _currency(by_meaning, notes),
        buyers=buyers,
        is_deals=is_deals,
        is_new_system=known is None,
        notes=(
            *_key_notes(sample, key),
            *notes,
            *remarks,
        ),
    )


def _title(system: str) -> str:
    titles = {export.system: export.title for export in vocabulary().exports}
    return titles.get(system) or system.replace("_", " ").capitalize()


def _names(sample: Sample, project: Project, choices: Choices) -> tuple[str, str]:
    """System and entity; UserError if they are not known, not usable or taken."""
    export = vocabulary().export_of(sample.headers)
    folder = sample.path.resolve().parent.name
    systems = [name for name, known in project.systems.items() if known.is_raw]
    system, entity = guess_names(
        sample.name.partition(".")[0], folder if folder in systems else None, systems
    )
    if export:
        system, entity = export.system, export.entity
    if choices.system:
        if not export:
            _, entity = guess_names(
                sample.name.partition(".")[0], choices.system, systems
            )
        system = choices.system
    system, entity = choices.system or system, choices.entity or entity
    missing = [
        option
        for option, name in (("--system", system), ("--entity", entity))
        if not name
    ]
    if missing:
        raise UserError(
            f"Neither the header nor the name of {sample.path.name} tells "
            f"{' and '.join(missing)}: say whose data it is (--system acme) and what "
            "its rows are (--entity customers)."
        )
    assert system and entity  # noqa: S101
    check_name("--system", system)
    check_name("--entity", entity)
    known = project.systems.get(system)
    if known and not known.is_raw:
        raise UserError(f"{system} is no system that files come from: say --system.")
    if known and entity in known.tables:
        raise UserError(
            f"{known.declared_in.name} declares {entity} of {system} already: say "
            "another --entity, or edit what is there."
        )
    if any(table.name == f"{system}_{entity}" for table in project.tables):
        raise UserError(
            f"There is a table raw.{system}_{entity} already: say another --entity."
        )
    return system, entity


def _key(
    sample: Sample, columns: Sequence[Column], kind: str, asked: tuple[str, ...] | None
) -> tuple[Column, ...]:
    """The columns that together tell a row from all others; none if no column does
    that nobody would take for a mere chance."""
    headers = [normalised(column.header) for column in columns]
    # the loader could not tell which of two counts
    columns = [c for c in columns if headers.count(normalised(c.header)) == 1]
    if asked is not None:
        return _asked_key(sample, columns, asked)
    by_meaning = {column.meaning: column for column in columns if column.name}
    wanted = {CUSTOMERS: ("customer_id",), SALES: ("order_id",)}.get(kind, ())
    candidates = [(by_meaning[m],) for m in wanted if m in by_meaning]
    candidates += [
        (column,)
        for column in columns
        if column.name
        and not column.meaning
        and column.name.split("_")[-1] in _ID_WORDS
    ]
    # people change their address sooner than their number
    if kind == CUSTOMERS and "email" in by_meaning:
        candidates.append((by_meaning["email"],))
    if order := by_meaning.get("order_id"):
        lines = [c for c in columns if c.name and "line" in c.name and c is not order]
        product = by_meaning.get("product")
        candidates += [(order, c) for c in (*lines, *([product] if product else ()))]
    for candidate in candidates:
        if _repeats(sample, candidate) == 0 and _is_full(candidate):
            return candidate
    return ()


def _asked_key(
    sample: Sample, columns: Sequence[Column], asked: tuple[str, ...]
) -> tuple[Column, ...]:
    known = {normalised(column.header): column for column in columns if column.name}
    for header in asked:
        if normalised(header) not in known:
            raise UserError(
                f"--key {header}: the file has no such column, or has it twice. Its "
                f"columns are {', '.join(c.header for c in columns[:20])}."
            )
    key = tuple(known[normalised(header)] for header in asked)
    if not key:
        return key
    spoken = ",".join(column.header for column in key)
    if not _is_full(key):
        empty = next(column for column in key if column.profile.fill < 1)
        raise UserError(
            f"--key {spoken}: {empty.header} is empty in "
            f"{empty.profile.rows - empty.profile.filled} of {len(sample.rows)} "
            "records of the sample. Name columns that are always filled, or --key none."
        )
    if repeats := _repeats(sample, key):
        raise UserError(
            f"--key {spoken}: {repeats} of {len(sample.rows)} records of the sample "
            "repeat one. Name the columns that together are unique, or --key none, "
            "which tells rows apart by all of their content."
        )
    return key


def _is_full(key: Sequence[Column]) -> bool:
    return all(column.profile.fill == 1 for column in key)


def _repeats(sample: Sample, key: Sequence[Column]) -> int:
    """Records of the sample that have another one's key and not all of its content:
    what was merely sent twice is no other row."""
    places = [
        (sample.headers.index(column.header), "'" * column.profile.is_guarded)
        for column in key
    ]
    rows = set(sample.rows)
    keys = {
        tuple(
            (row[place] or "").strip().lstrip(guard).strip() for place, guard in places
        )
        for row in rows
    }
    return len(rows) - len(keys)


def _buyers(
    project: Project, issuer: str, by_meaning: Mapping[str | None, Column]
) -> tuple[str, str] | None:
    if "customer_id" in by_meaning and issuer in project.people:
        return issuer, project.people[issuer][0]
    return None


def _day_first(
    columns: Sequence[Column], asked: bool | None, notes: list[str]
) -> bool | None:
    """The order of day and month in the file, which all of its columns share."""
    dates = [c for c in columns if c.name and c.profile.date and not c.profile.is_iso]
    told = {c.profile.day_first for c in dates if c.profile.day_first is not None}
    mixed = [c for c in dates if c.profile.is_mixed] or (dates if len(told) > 1 else [])
    ambiguous = [column for column in dates if column.profile.is_ambiguous]
    if asked is not None:
        return asked
    if mixed:
        notes.append(
            f"{mixed[0].header} has dates that begin with the day and dates that begin "
            "with the month: those that could be either become null, flagged"
        )
        return None
    if told:
        return told.pop()
    if ambiguous:
        notes.append(
            f"{ambiguous[0].header} has dates such as 03/04/2025, and none tells which "
            "is the day: they become null, flagged, unless you say --day-first or "
            "--month-first"
        )
    return None


def _currency(by_meaning: Mapping[str | None, Column], notes: list[str]) -> str | None:
    """The one currency whose sign the amounts carry, where no column names it."""
    if "currency" in by_meaning:
        return None
    signs = {
        by_meaning[meaning].profile.sign
        for meaning in ("amount", "unit_price")
        if meaning in by_meaning
    } - {None}
    if len(signs) == 1:
        [sign] = signs
        notes.append(f"amounts carry the sign of {sign}: all of them are taken for it")
        return sign
    return None


def _file_notes(sample: Sample, project: Project, columns: list[Column]) -> list[str]:
    notes = []
    if sample.skipped:
        notes.append(f"{sample.skipped} records of the sample will be set aside")
    blank = [c for c in columns if not normalised(c.header)]
    if blank:
        notes.append(f"{len(blank)} columns without a name stay in _extra")
    seen: set[str] = set()
    for column in columns:
        header = normalised(column.header)
        if header and header in seen:
            notes.append(
                f"{column.header} is there twice: the first counts, the other stays "
                "in _extra"
            )
        seen.add(header)
    if others := project.matching(sample):
        notes.append(
            "its name is also one that "
            f"{' and '.join(table.qualified_name for table in others)} takes: the "
            "loader tells them apart by their columns, or by their system's folder"
        )
    return notes


def _key_notes(sample: Sample, key: Sequence[Column]) -> list[str]:
    if not key:
        return [
            "no column is filled and unique in the sample: rows are told apart by all "
            "of their content"
        ]
    if len(sample.rows) < _FEW_ROWS:
        return [
            f"the key is unique in {len(sample.rows)} records, which is not many: is "
            "it always?"
        ]
    return []


def _sales_notes(
    by_meaning: Mapping[str | None, Column],
    project: Project,
    choices: Choices,
    buyers: tuple[str, str] | None,
) -> list[str]:
    notes = []
    status: Profile | None = None
    if "status" in by_meaning:
        status = by_meaning["status"].profile
        unread = [w for w in status.words if status_key(w) not in project.statuses]
        if unread:
            notes.append(
                f"status {', '.join(unread)}: unknown, and so no sale. Add what it "
                "means to seeds/transaction_statuses.csv"
            )
    else:
        notes.append("no status: every row counts as a completed sale")
    if "channel" not in by_meaning and not choices.channel:
        notes.append("no channel: all are sold through other, unless you say --channel")
    if "ordered_at" not in by_meaning:
        notes.append(
            "no date of sale: its sales are in no month and count for no revenue, "
            "unless you say which column it is with --map COLUMN=ordered_at"
        )
    elif undated := by_meaning["ordered_at"].profile.undated:
        notes.append(
            f"{undated} records of the sample have no date of sale that can be read, "
            "and count for no revenue"
        )
    if buyers:
        notes.append(f"its customer ids are those of {buyers[0]} {buyers[1]}")
    elif not {"customer_id", "email"} & set(by_meaning):
        notes.append("nothing tells who bought: all belong to the unknown customer")
    return notes


def _people_notes(columns: Sequence[Column], kind: str) -> list[str]:
    meanings = {column.meaning for column in columns}
    if kind == CUSTOMERS and not {"email", "phone", "customer_id"} & meanings:
        return ["neither e-mail, phone nor id: nothing links these people to others"]
    if kind == OTHER and any(column.profile.email >= MOST for column in columns):
        return [
            "it names people, each of them in many rows, and so is no list of people: "
            "say --kind customers if it is one"
        ]
    return []


def status_key(word: str) -> str:
    """A status as the seed has it; a pipeline's name behind it is off."""
    word = re.sub(r" *\([^)]*\)$", "", word)
    return "".join(letter for letter in word.lower() if letter.isalpha())
