"""Messy customer data with a truth file: same arguments, same bytes.

`world` makes people and what they do; each of `systems` then shows its picture of
them, in files of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from customer360.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console

    from data_generators.world import Options

_YEARS = range(1975, 2201)


@dataclass(frozen=True)
class Generated:
    """What was written."""

    rows: dict[Path, int]
    """Rows of each file in the landing folder, in the order they were made."""
    truth_dir: Path
    records: int
    """Records of all systems in the truth."""
    persons: int


def generate(
    landing_dir: Path,
    truth_dir: Path,
    customer_records: int = 5000,
    seed: int = 360,
    until: date = date(2026, 6, 30),
    console: Console | None = None,
    *,
    systems: Sequence[str] | None = None,
    days: int = 0,
    options: Options | None = None,
    confirm: Callable[[Sequence[str]], None] = lambda names: None,
) -> Generated:
    """Write the files of all systems, or of some, and apart from them the truth.

    `landing_dir` gets csv_customers.csv with `customer_records` rows,
    csv_transactions.csv, and a folder for each of the other systems, whose files
    are about the same people. They cover the three years up to and including
    `until`; with `days`, each day after it has files of its own, with the date in
    their names. `truth_dir` gets who and what is behind it all. Files of these
    names are replaced, nothing else in the folders is touched. `confirm` is told
    their names, relative to `landing_dir`, before the first of them appears; what it
    raises leaves everything as it was.

    The bytes depend on the arguments alone (and on the installed Faker's words).
    Raises UserError for arguments out of range and folders it can't write to.
    """
    import numpy as np

    from data_generators.draws import Streams
    from data_generators.files import new_files
    from data_generators.season import DELIVERABLE_DAYS, Season
    from data_generators.systems import SYSTEMS
    from data_generators.truth import Truth
    from data_generators.world import Options, make_world

    if customer_records < 1:
        raise UserError("The number of customer records must be 1 or more.")
    if seed < 0:
        raise UserError("The seed must be 0 or more.")
    if until.year not in _YEARS:
        raise UserError(
            f"The last day must lie in the years {_YEARS[0]} to {_YEARS[-1]}."
        )
    if not 0 <= days <= DELIVERABLE_DAYS:
        raise UserError(f"The number of days must be 0 to {DELIVERABLE_DAYS}.")
    wanted = list(SYSTEMS) if systems is None else list(dict.fromkeys(systems))
    if unknown := [system for system in wanted if system not in SYSTEMS]:
        raise UserError(
            f"There is no system {unknown[0]!r}. There are: {', '.join(SYSTEMS)}."
        )

    world = make_world(
        customer_records, Streams(seed), Season(until), days, options or Options()
    )
    rows_of: dict[Path, int] = {}
    with new_files(landing_dir, truth_dir) as files:
        truth = Truth(truth_dir, world, files)
        for system in wanted:
            picture = SYSTEMS[system](world)
            for table in picture.tables:
                for day in range(days + 1):
                    rows = np.flatnonzero(table.delivery == day)
                    if day and not len(rows):
                        continue
                    path = landing_dir / table.file
                    if day:
                        dated = f"{path.stem}_{until + timedelta(days=day)}"
                        path = path.with_name(dated + path.suffix)
                    file = files.open(path, table.columns, table.kind)
                    file.add(table, rows)
                    file.close()
                    rows_of[path] = len(rows)
            truth.add(system, picture)
        truth.finish()
        confirm([path.relative_to(landing_dir).as_posix() for path in rows_of])

    result = Generated(rows_of, truth_dir, truth.records, truth.persons)
    if console is not None:
        _tell(console, result, landing_dir, until + timedelta(days=days))
    return result


def _tell(console: Console, made: Generated, landing_dir: Path, until: date) -> None:
    by_system: dict[str, list[int]] = {}
    for path, rows in made.rows.items():
        place = path.relative_to(landing_dir)
        system = place.parts[0] if len(place.parts) > 1 else "csv"
        by_system.setdefault(system, []).append(rows)

    def line(rows: int, what: str) -> None:
        console.print(f"  [bold]{rows:>11,}[/] {what}", highlight=False)

    console.print(f"Messy customer data up to {until}:", highlight=False)
    for system, counts in by_system.items():
        files = "1 file" if len(counts) == 1 else f"{len(counts)} files"
        line(sum(counts), f"rows in {files} of {system}")
    console.print(f"              {landing_dir}", style="dim", soft_wrap=True)
    line(made.records, f"records of {made.persons:,} persons in the truth: who is who,")
    console.print("              and what is so; for evaluation only", highlight=False)
    console.print(f"              {made.truth_dir}", style="dim", soft_wrap=True)
