"""The rules that the dbt project's files tell by themselves, file by file.

Each takes the file's path inside the dbt project and its text, and returns one
line per violation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath

from .sql_text import JINJA, bare_sql, relations

FileRule = Callable[[PurePosixPath, str], list[str]]
RULES: dict[str, FileRule] = {}

LONGEST_MODEL = 160
LONGEST_LINE = 80
LONGEST_YAML = 400

# Results follow from the data alone: not from the clock, not from row order.
_CLOCK_AND_CHANCE = re.compile(
    r"\b(current_date|current_timestamp|current_time|localtime|localtimestamp"
    r"|now\s*\(|today\s*\(|getdate\s*\(|(?:clock|statement|transaction)_timestamp\s*\("
    r"|random\s*\(|rand\s*\(|gen_random_uuid\s*\(|uuidv[47]\s*\(|setseed\s*\()",
    re.IGNORECASE,
)
_UNPORTABLE = re.compile(r"(::|\bdistinct\s+on\b|\bilike\b)", re.IGNORECASE)
_TIE_BREAKER = re.compile(r"\bntile\s*\(", re.IGNORECASE)
_MACRO = re.compile(r"\{%-?\s*(?:macro|test|materialization)\s+(\w+)")


def rule(function: FileRule) -> FileRule:
    """Register a rule under its function's name."""
    RULES[function.__name__] = function
    return function


def _is_sql(path: PurePosixPath, *folders: str) -> bool:
    return path.suffix == ".sql" and path.parts[0] in folders


def _computes(path: PurePosixPath) -> bool:
    """Whether results come of the file: all SQL but what writes the audit tables."""
    return (
        _is_sql(path, "models", "macros", "snapshots", "tests")
        and "audit" not in path.parts
    )


@rule
def relations_are_never_written_out(path: PurePosixPath, text: str) -> list[str]:
    """A name in place of `ref` or `source` is a dependency dbt does not see."""
    if not _is_sql(path, "models", "snapshots", "tests"):
        return []
    return [f"{path}: reads {r} by name" for r in relations(text) if r != JINJA]


@rule
def nothing_asks_the_clock_or_chance(path: PurePosixPath, text: str) -> list[str]:
    """Today is `as_of_date`; chance is a key's hash."""
    found = _CLOCK_AND_CHANCE.findall(bare_sql(text)) if _computes(path) else []
    return [f"{path}: uses {word}" for word in found]


@rule
def ties_are_not_broken_by_row_order(path: PurePosixPath, text: str) -> list[str]:
    """`ntile` puts equal values into different buckets; `percent_rank` does not."""
    found = _TIE_BREAKER.findall(bare_sql(text)) if _computes(path) else []
    return [f"{path}: uses {word}" for word in found]


@rule
def sql_is_portable(path: PurePosixPath, text: str) -> list[str]:
    """`cast(x as y)`, `row_number()`, `lower(x) like`: every engine has them."""
    if not _is_sql(path, "models", "snapshots", "tests"):
        return []
    return [f"{path}: uses {word}" for word in _UNPORTABLE.findall(bare_sql(text))]


@rule
def models_end_with_final(path: PurePosixPath, text: str) -> list[str]:
    """The last CTE can then be read, and queried, like any other."""
    if not _is_sql(path, "models"):
        return []
    last = text.rstrip().rsplit("\n", 1)[-1]
    return [] if last == "select * from final" else [f"{path}: ends with {last!r}"]


@rule
def models_are_short(path: PurePosixPath, text: str) -> list[str]:
    """A longer model is two models."""
    lines = text.count("\n")
    if not _is_sql(path, "models") or lines <= LONGEST_MODEL:
        return []
    return [f"{path}: {lines} lines, more than {LONGEST_MODEL}"]


@rule
def sql_lines_are_short(path: PurePosixPath, text: str) -> list[str]:
    """Two files fit beside each other."""
    if path.suffix != ".sql":
        return []
    return [
        f"{path}:{number}: {len(line)} columns, more than {LONGEST_LINE}"
        for number, line in enumerate(text.splitlines(), start=1)
        if len(line) > LONGEST_LINE
    ]


@rule
def yaml_is_short(path: PurePosixPath, text: str) -> list[str]:
    """One file for each folder of models, so that a model's text is near it."""
    lines = text.count("\n")
    if path.suffix not in (".yml", ".yaml") or lines <= LONGEST_YAML:
        return []
    return [f"{path}: {lines} lines, more than {LONGEST_YAML}"]


@rule
def one_macro_per_file(path: PurePosixPath, text: str) -> list[str]:
    """Found by its file's name; an engine's variant stands beside the default."""
    if not _is_sql(path, "macros", "tests") or (
        path.parts[0] == "tests" and "generic" not in path.parts
    ):
        return []
    names = _MACRO.findall(text)
    strangers = [n for n in names if n.rpartition("__")[2] != path.stem]
    if names and not strangers:
        return []
    return [f"{path}: holds {', '.join(strangers or names) or 'no macro'}"]


@rule
def macros_stand_in_folders_by_kind(path: PurePosixPath, text: str) -> list[str]:
    """`macros/<kind>/<name>.sql`."""
    if not _is_sql(path, "macros") or len(path.parts) == 3:
        return []
    return [f"{path}: not at macros/<kind>/<name>.sql"]
