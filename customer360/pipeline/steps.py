"""What the tasks of the customer360 DAG do, each in a function of its own."""

from __future__ import annotations

import dataclasses
import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from customer360.errors import UserError
from customer360.pipeline import manifest, progress
from customer360.pipeline.board import SHOWN_TYPES, Board, NodeEvent, may_pass, name_of
from customer360.pipeline.progress import Hopeless, step
from customer360.settings import Settings, folder

if TYPE_CHECKING:
    from customer360.ingest import LoadResult
    from customer360.ingest.landing import LandingFile

Params = Mapping[str, Any]
"""The DAG's parameters: landing (a folder), mode, full_refresh, as_of_date."""

LOCK_SECONDS = 60.0
"""How long a step waits for another run to leave the database."""

_KNOWN = ("landing", "mode", "full_refresh", "as_of_date")
# a task takes the scheduler about a second, a small file a tenth of that
_PORTION_BYTES = 16 << 20
_MOST_LISTED = 3
_LINES_KEPT = 40
# they try the SQL on rows of their own, which are the same in every run: for who
# changes a model, not for who loads a file
_WITHOUT_UNIT_TESTS = ("--exclude-resource-type", "unit_test")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def settings_for(params: Params) -> Settings:
    """Return the settings of a run with these parameters."""
    settings = Settings.from_env()
    landing = folder("landing", params["landing"], settings.landing_dir)
    return dataclasses.replace(settings, landing_dir=landing)


def check(params: Params) -> None:
    """Raise `UserError` for parameters that no run can have."""
    from customer360.ingest.load import check_mode

    # Airflow takes any that its API is given
    if unknown := [name for name in params if name not in _KNOWN]:
        names = ", ".join(unknown)
        raise UserError(f"There is no parameter {names}; there are {', '.join(_KNOWN)}")
    check_mode(params["mode"])
    if params["as_of_date"]:
        try:
            date.fromisoformat(params["as_of_date"])
        except ValueError:
            raise UserError("The as-of date must be a date like 2026-01-31.") from None


def connections() -> list[str]:
    """What there is to fetch from: names of connections."""
    from customer360.fetch import declared_connections

    with step("connections"):
        declared = declared_connections(Settings.from_env())
        return [connection.name for connection in declared]


def fetch(name: str, params: Params) -> list[dict[str, Any]]:
    """Bring what is new in a connection into the landing folder."""
    from customer360 import warehouse
    from customer360.fetch import fetch as fetch_files

    with step("fetch", name) as current:
        settings = settings_for(params)
        warehouse.ensure_ready(settings)
        results = fetch_files(settings, [name])
        records = sum(result.records for result in results)
        current.result = f"{name}: {_counted(records, 'new record')}"
        return [dataclasses.asdict(result) for result in results]


def discover(params: Params) -> list[dict[str, Any]]:
    """What there is to load, in portions that are worth a task of their own.

    A portion is `{"batch_id": 7, "units": [[file, …], …]}`; the files of a unit go
    in together, in one transaction.
    """
    from customer360 import ingest, warehouse
    from customer360.ingest.landing import left_alone

    with step("discover", params["landing"]) as current:
        check(params)
        settings = settings_for(params)
        files = ingest.discover(settings)
        warehouse.ensure_ready(settings)
        ingest.create_declared_tables(settings)
        batch = ingest.new_batch(settings) if files else 0
        current.result = (
            _counted(len(files), "file")
            if files
            else "no files to load: going on with what was loaded before"
        )
        if others := ingest.unrecognised(settings):
            current.result += f"; not recognised, left alone: {left_alone(others)}"
        return [
            {
                "batch_id": batch,
                "units": [[file.to_dict() for file in unit] for unit in units],
            }
            for units in _portions(ingest.units(files, params["mode"]))
        ]


def _portions(units: Iterable[list[LandingFile]]) -> Iterator[list[list[LandingFile]]]:
    """Neighbours together until they come to `_PORTION_BYTES`."""
    portion, size = [], 0
    for unit in units:
        more = sum(_size(file) for file in unit)
        if portion and size + more > _PORTION_BYTES:
            yield portion
            portion, size = [], 0
        portion.append(unit)
        size += more
    if portion:
        yield portion


def _size(file: LandingFile) -> int:
    try:
        return Path(file.path).stat().st_size
    except OSError:  # to load it says what is wrong
        return 0


def load(portion: Mapping[str, Any], params: Params) -> list[dict[str, Any]]:
    """Bring files, as `discover` gave them, into the raw layer.

    A file that fails does not keep the others from being loaded.
    """
    from airflow.sdk.exceptions import AirflowFailException

    settings = settings_for(params)
    results, failures = [], []
    for unit in portion["units"]:
        try:
            results += _load_unit(settings, unit, portion["batch_id"], params["mode"])
        except AirflowFailException as failure:
            failures.append(str(failure))
    if failures:
        raise AirflowFailException("; ".join(failures))
    return results


def _load_unit(
    settings: Settings, unit: list[dict[str, Any]], batch_id: int, mode: str
) -> list[dict[str, Any]]:
    from customer360 import ingest, warehouse
    from customer360.ingest.landing import LandingFile

    files = [LandingFile.from_dict(file) for file in unit]
    with step("load", _listed(unit)) as current:
        # on a second try the server may have died since `discover`
        warehouse.ensure_ready(settings)
        results = ingest.load_files(
            settings, files, batch_id=batch_id, mode=mode, wait=LOCK_SECONDS
        )
        told = [_outcome(result) for result in results]
        if any(result.state == "failed" for result in results):
            raise UserError("; ".join(text.rstrip(".") for text in told))
        current.result = "; ".join(told)
        return [result.to_dict() for result in results]


def title(portion: Mapping[str, Any]) -> str:
    """Names of the files that are loaded by one task."""
    return _listed([file for unit in portion["units"] for file in unit])


def _listed(files: list[dict[str, Any]]) -> str:
    from customer360.ingest.names import shown

    names = [shown(file["source_file"]) for file in files[:_MOST_LISTED]]
    more = len(files) - len(names)
    return ", ".join(names) + (f" and {more:,} more" if more else "")


def _outcome(result: LoadResult) -> str:
    """What became of a file, for a person."""
    from customer360.ingest.names import shown

    name = shown(result.source_file)
    if result.state == "failed":
        return f"{name} {result.message}"
    what = (
        f"{result.rows_loaded:,} of {result.rows_read:,} rows, "
        f"{result.rows_quarantined:,} quarantined"
        if result.state == "loaded"
        else "loaded already"
    )
    more = f" ({result.message.rstrip('.')})" if result.message else ""
    return f"{name}: {what}{more}"


def build(
    params: Params,
    select: str = "",
    *,
    tell: Callable[..., None] = lambda board, over=False: None,
    failures_are_shown: bool = False,
    wait: float = 0,
) -> str:
    """Run `dbt build` on a selection (empty: everything); returns how it went.

    Everything is built on what was published last: what builds since then have
    remembered is taken back. Of a selection, tests of nothing but it and what it is
    made from are run.

    `tell(board)` hears of every change, and `tell(board, over=True)` at the end. With
    `failures_are_shown`, models that fail do not fail this, as `tell` knows them.

    Raises `Hopeless` when models or tests failed or dbt could not work at all,
    `RuntimeError` when trying again may help.
    """
    from customer360.pipeline.dbt import run_dbt, target_dir

    settings = settings_for(params)
    project = manifest.fingerprint(settings)
    board: Board | None = None

    def hear(event: NodeEvent | None) -> None:
        nonlocal board
        if event:
            if board is None:  # dbt has written it by now
                board = Board(manifest.read(target_dir(settings) / "manifest.json"))
            board.hear(event)
        if board:
            tell(board)

    args = ["build", *_WITHOUT_UNIT_TESTS, *_variables(params)]
    args.append("--indirect-selection=buildable")
    if params["full_refresh"]:
        args.append("--full-refresh")
    if select:
        args += ["--select", select]
    said: deque[str] = deque(maxlen=_LINES_KEPT)

    def listen(line: str) -> None:
        print(line)
        said.append(line)

    code = run_dbt(
        settings,
        args,
        on_node=hear,
        output=listen,
        wait=wait,
        # a model alone goes on with the build that it is a part of
        from_published=not select,
    )
    if board:
        manifest.keep(settings, project)
        # what a dbt that was killed had begun may yet be built by the next try
        tell(board, over=code in (0, 1))
    return _conclusion(code, board, failures_are_shown, _trouble(said))


def _variables(params: Params) -> list[str]:
    if not params["as_of_date"]:
        return []
    return ["--vars", json.dumps({"as_of_date": params["as_of_date"]})]


def _conclusion(
    code: int, board: Board | None, failures_are_shown: bool, trouble: str
) -> str:
    if code == 0:
        if board is None:
            return "nothing to build"
        return achievement(board)
    bad = board.bad() if board else []
    if board and board.is_transient():
        raise RuntimeError(f"the database went away: {_failures(bad)}")
    if board and bad and code == 1:
        shown = board.verdicts(over=True)
        if failures_are_shown and all(board.owner(e.node) in shown for e in bad):
            return f"{_failures(bad)}: see the tasks of these models"
        raise Hopeless(_failures(bad))
    if code < 0:
        raise RuntimeError(f"dbt was killed by signal {-code}")
    if may_pass(trouble):
        raise RuntimeError(f"the database went away: {trouble}")
    raise Hopeless(f"dbt could not work: {trouble or 'see the log'}")


def achievement(board: Board) -> str:
    """What dbt has built and tested, none of it in vain."""
    built = {kind: len(board.ended(kind)) for kind in SHOWN_TYPES}
    tests = board.ended("test", "unit_test")
    warned = sum(test.status == "warn" for test in tests)
    text = " and ".join(_counted(n, kind) for kind, n in built.items() if n)
    text = f"{text or 'nothing'} built, {_counted(len(tests) - warned, 'test')} passed"
    text = f"{text}, {warned:,} warned" if warned else text
    return "; ".join([text, *board.fits()])


def _trouble(said: Iterable[str]) -> str:
    """What dbt said of an error that is no model's, as one line."""
    lines = [_COLOUR.sub("", line).strip() for line in said]
    for number, line in enumerate(lines):
        if line.endswith("Encountered an error:"):
            reason = takewhile(bool, lines[number + 1 :])
            return " ".join(" ".join(reason).split())
    return ""


def _failures(events: list[NodeEvent]) -> str:
    """What failed, the first with its reason."""
    first, *others = events
    # dbt's first line says where, the second why
    lines = [line.strip() for line in first.message.splitlines() if line.strip()]
    reason = lines[1] if len(lines) > 1 else first.message.strip()
    text = f"{name_of(first.node)} failed ({reason or first.status})"
    if others:
        names = ", ".join(name_of(event.node) for event in others[:4])
        more = f" and {len(others) - 4} more" if len(others) > 4 else ""
        text += f"; so did {names}{more}"
    return text


def publish(params: Params) -> dict[str, Any]:
    """Let readers see the marts, if the tests of this very build passed."""
    from customer360.pipeline.dbt import run_dbt
    from customer360.publish import Refused
    from customer360.publish import publish as publish_marts

    settings = settings_for(params)
    with step("publish") as current:
        try:
            publication = publish_marts(settings, wait=LOCK_SECONDS)
        except Refused:
            # Models that were built again one by one lack the tests that they share
            # with each other.
            tests = ["test", *_WITHOUT_UNIT_TESTS, *_variables(params)]
            if run_dbt(settings, tests, output=print):
                raise
            publication = publish_marts(settings, wait=LOCK_SECONDS)
        rows = sum(table.rows for table in publication.tables)
        current.result = f"{len(publication.tables)} marts, {rows:,} rows" + (
            f": {publication.inserted:,} added, {publication.updated:,} changed, "
            f"{publication.deleted:,} removed"
            if publication.is_new
            else ", as they were published before"
        )
        return {"run_id": publication.run_id, "is_new": publication.is_new}


def export(params: Params) -> list[str]:
    """Write what is published as files for Power BI; returns their paths."""
    from customer360.export import export as export_marts

    settings = settings_for(params)
    with step("export", str(settings.export_dir)) as current:
        files = export_marts(settings)
        megabytes = sum(file.bytes for file in files) / 1e6
        current.result = f"{len(files)} files, {megabytes:,.1f} MB"
        return [str(file.path) for file in files]


def summary(params: Params) -> None:
    """Say what came of it: to whoever runs it, or to the task's log."""
    from customer360.pipeline.summary import summarise

    with step("summary"):
        summarise(settings_for(params), progress.console)


def selector(node: str) -> str:
    """dbt's selection of one node, given its unique id."""
    return node.split(".", 2)[2]


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
