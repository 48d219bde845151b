"""Names for the database and for dbt, made of what a file calls things."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from customer360.errors import UserError

LONGEST_COLUMN = 40
_LONGEST_SYSTEM, _LONGEST_ENTITY = 20, 30

# Words that PostgreSQL takes for something else than a column's name, in all of its
# versions, and those that stand for a row's version in staging.
_RESERVED = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization between bigint
    binary bit boolean both case cast char character check coalesce collate collation
    column concurrently constraint create cross current_catalog current_date
    current_role current_schema current_time current_timestamp current_user dec
    decimal default deferrable desc distinct do else end except exists extract false
    fetch float for foreign freeze from full grant greatest group grouping having
    ilike in initially inner inout int integer intersect interval into is isnull join
    json json_array json_arrayagg json_exists json_object json_objectagg json_query
    json_scalar json_serialize json_table json_value lateral leading least left like
    limit localtime localtimestamp merge_action national natural nchar none normalize
    not notnull null nullif numeric offset on only or order out outer overlaps overlay
    placing position precision primary real references returning right row select
    session_user setof similar smallint some substring symmetric system_user table
    tablesample then time timestamp to trailing treat trim true union unique user using
    values varchar variadic verbose when where window with xmlattributes xmlconcat
    xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize
    xmltable
    fingerprint occurrence version_rank
    """.split()  # noqa: SIM905
)


def snake_case(text: str) -> str:
    """`Default Address Zip` or `defaultAddressZip` as `default_address_zip`; empty
    if there is no letter or digit of the Latin alphabet in it."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    plain = plain.encode("ascii", "ignore").decode()
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])", "_", plain)
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")


def column_name(header: str, taken: Collection[str]) -> str:
    """A name for a raw column that needs no quotes and that no other column has."""
    name = snake_case(header)[:LONGEST_COLUMN].strip("_") or "unnamed"
    if name[0].isdigit() or name in _RESERVED:
        name = f"column_{name}"[:LONGEST_COLUMN].strip("_")
    return unused(name, taken)


def spoken(header: str) -> str:
    """A header as words of a description: in one line, and nothing in it that dbt
    would take for Jinja."""
    letters = "".join(c if c.isprintable() else " " for c in header)
    return " ".join(re.sub(r"[{}]", " ", letters).split())


def unused(name: str, taken: Collection[str]) -> str:
    """The name, with a number behind it where it is taken."""
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def check_name(option: str, name: str) -> str:
    """The name of a system or an entity; UserError if dbt and the database could
    not use it as it is."""
    longest = _LONGEST_ENTITY if option == "--entity" else _LONGEST_SYSTEM
    if (
        not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name)
        or len(name) > longest
        or name in _RESERVED
    ):
        suggestion = snake_case(name)[:longest].strip("_")
        fits = suggestion and suggestion[0].isalpha() and suggestion not in _RESERVED
        like = f", such as {suggestion}" if fits and suggestion != name else ""
        raise UserError(
            f"{option} takes lowercase letters, digits and single underscores, up to "
            f"{longest}, that are no reserved word{like}; not {name!a}."
        )
    return name


def singular(entity: str) -> str:
    """`deals` as `deal`, `companies` as `company`, `order_lines` as `order_line`."""
    if entity == "people" or entity.endswith("_people"):
        return f"{entity.removesuffix('people')}person"
    if entity.endswith("ies") and len(entity) > 4:
        return entity[:-3] + "y"
    if entity.endswith(("sses", "xes", "ches", "shes")):
        return entity[:-2]
    if entity.endswith("s") and not entity.endswith("ss"):
        return entity[:-1]
    return entity


def guess_names(
    stem: str, folder: str | None, systems: Collection[str]
) -> tuple[str | None, str | None]:
    """System and entity, as far as a file's name and its folder tell them."""
    words = [word for word in snake_case(stem).split("_") if word]
    noise = {"export", "exports", "all", "data", "file", "csv", "list", "report", "crm"}
    words = [
        word
        for word in words
        if word not in noise
        and not word.isdigit()
        and not re.fullmatch(r"(?=.*\d)[0-9a-f]{6,}", word)
    ]
    system = None
    if folder and (folder in systems or words):
        system = snake_case(folder) or None
    if system:
        while words[:1] and words[0] in system.split("_"):
            words.pop(0)
    elif len(words) > 1:
        known = [s for s in systems if words[: len(s.split("_"))] == s.split("_")]
        length = len(known[0].split("_")) if known else 1
        system, words = "_".join(words[:length]), words[length:]
    entity = "_".join(words)[:_LONGEST_ENTITY].strip("_")
    usable = entity and entity[0].isalpha() and entity not in _RESERVED
    return system, entity if usable else None


def file_pattern(name: str) -> str:
    """A pattern for a file and those that come after it: what differs from one
    export to the next, dates and numbers, may differ."""
    stem, dot, suffix = name.rpartition(".") if "." in name else (name, "", "")
    stem = re.sub(r"[ _.-]*\(\d+\)$", "", stem)
    tail = re.compile(r"[ _.-]+(\d+|(?=\w*\d)[0-9a-f]{6,}|\d+t\d+z?)$", re.IGNORECASE)
    while match := tail.search(stem):
        stem = stem[: match.start()]
    stem = re.sub(r"([?*[])", r"[\1]", stem)
    return f"{stem}*{dot}{suffix}"
