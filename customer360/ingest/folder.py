"""The whole landing folder, with a report for people."""

from __future__ import annotations

from collections.abc import Collection

from rich.console import Console
from rich.table import Table
from rich.text import Text

from customer360 import warehouse
from customer360.errors import UserError
from customer360.ingest.landing import discover, left_alone, shown, survey
from customer360.ingest.load import (
    LoadResult,
    check_mode,
    load_files,
    new_batch,
    units,
)
from customer360.ingest.tables import create_declared_tables
from customer360.settings import Settings

_STATES = {
    "loaded": Text("loaded", style="green"),
    "already_loaded": Text("already loaded", style="dim"),
    "failed": Text("failed", style="bold red"),
}


def is_untouched(settings: Settings) -> bool:
    """Whether there is neither a file in the landing folder nor a loaded row.

    Example data belongs nowhere else: beside a company's own customers, or where
    loaded files were tidied away, it would be taken for real.
    """
    landing = settings.landing_dir
    if landing.exists() and not (landing.is_dir() and not any(landing.iterdir())):
        return False
    warehouse.ensure_ready(settings)
    with warehouse.connect(settings, "loader") as connection:
        row = connection.execute("select from ops.load_manifest limit 1").fetchone()
    return row is None


def check_free(settings: Settings, names: Collection[str], *, replace: bool) -> None:
    """UserError unless example data may be written to files of these names.

    Beside other files it would be loaded with them, and files of these names are
    somebody's unless `replace` says that they are not.
    """
    landing = settings.landing_dir
    if not landing.is_dir():
        return
    found = [file.source_file for file in discover(settings)]
    others = [name for name in found if name not in names]
    if others:
        raise UserError(
            f"{landing} holds other files to load ({left_alone(others)}): example "
            "people and theirs would be one company's customers. Name another folder "
            "with --landing."
        )
    if found and not replace:
        raise UserError(
            f"{landing} holds {' and '.join(found)} already: add --replace if that is "
            "example data, or name another folder with --landing."
        )


def load_landing(
    settings: Settings, mode: str = "append", console: Console | None = None
) -> list[LoadResult]:
    """Load every file of the landing folder that is recognised, in one batch.

    A file that fails does not keep the others from being loaded. UserError, when
    all are done, names those that failed and why; and at once when there is no
    such folder or a file matches two tables.
    """
    console = console or Console(quiet=True)
    check_mode(mode)
    files, others = survey(settings)
    warehouse.ensure_ready(settings, console)
    create_declared_tables(settings)

    results = []
    if files:
        batch_id = new_batch(settings)
        with console.status("") as status:
            for unit in units(files, mode):
                names = ", ".join(shown(file.source_file) for file in unit)
                status.update(Text(f"Loading {names} ({len(results)}/{len(files)})"))
                results += load_files(settings, unit, batch_id=batch_id, mode=mode)
        console.print(_report(results))
        for result in results:
            if result.message:
                console.print(
                    Text(f"{shown(result.source_file)}: {result.message}"),
                    soft_wrap=True,
                )
    else:
        console.print(Text(f"No files to load in {settings.landing_dir}."))
    if others:
        console.print(
            Text(f"Not recognised, left alone: {left_alone(others)}"),
            soft_wrap=True,
        )

    failed = [result for result in results if result.state == "failed"]
    if failed:
        reasons = "; ".join(
            f"{shown(result.source_file)} {result.message.rstrip('.')}"
            for result in failed
        )
        raise UserError(
            f"{len(failed)} of {len(files)} files failed: {reasons}. Put that right "
            "and load again: what was loaded is not loaded twice."
        )
    return results


def _report(results: list[LoadResult]) -> Table:
    table = Table()
    table.add_column("File", overflow="fold")
    table.add_column("Table", overflow="fold")
    for heading in ("Read", "Loaded", "Quarantined"):
        table.add_column(heading, justify="right")
    table.add_column("State")
    for result in results:
        table.add_row(
            Text(shown(result.source_file)),
            Text(result.table),
            f"{result.rows_read:,}",
            f"{result.rows_loaded:,}",
            f"{result.rows_quarantined:,}",
            _STATES[result.state],
        )
    return table
