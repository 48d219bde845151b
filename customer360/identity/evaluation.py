"""`customer360 evaluate identity`: the models on records whose persons are known."""

from __future__ import annotations

import csv
import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from psycopg import sql
from rich.console import Console

from customer360 import warehouse
from customer360.errors import UserError
from customer360.identity.evaluate import pair_scores, record_scores
from customer360.identity.fits import create_tables
from customer360.identity.labelled import LabelledRecords, read_records
from customer360.identity.scratch import Scratch, scratch_schema
from customer360.pipeline.board import NodeEvent, name_of
from customer360.pipeline.dbt import run_dbt
from customer360.settings import Settings

_CLUSTERS = "+int_identity__clusters"
_FITTED = "int_identity__newest_fit"
_KEY_DIGITS = 12


class ModelsFailed(Exception):
    """dbt could not build the models; it has been shown why."""


def evaluate_identity(
    settings: Settings,
    path: Path,
    mapping: Mapping[str, Sequence[str]],
    *,
    truth_column: str,
    source_column: str | None = None,
    link_only: bool = False,
    output: Path | None = None,
    console: Console,
) -> dict[str, float | int | None]:
    """Resolve the records of a file, and score that against their truth column.

    With `link_only`, only pairs of records from different sources are compared, and
    only those count. Records without a truth are resolved like all others, and not
    scored. Nothing that the pipeline makes is read or changed. `output` gets the key
    of each record's cluster. UserError says what is wrong with the file or the options.
    """
    began = time.monotonic()
    if link_only and source_column is None:
        raise UserError(
            "--link-only compares records of different sources: name the column that "
            "says of which one a record is, with --source-column."
        )
    records = read_records(
        path, mapping, truth_column=truth_column, source_column=source_column
    )
    if link_only and len(set(records.sources)) < 2:
        raise UserError(
            f"--link-only: all records of {path.name} are of one source, so that there "
            "is nothing to link."
        )
    with _key_file(output, path) as write:
        console.print(f"{len(records):,} records of {path.name}", highlight=False)
        clusters = _resolve(settings, records, link_only=link_only, console=console)
        write(clusters)
    scores = _scores(records, clusters, link_only=link_only, console=console)
    return {**scores, "seconds": round(time.monotonic() - began, 1)}


def _resolve(
    settings: Settings, records: LabelledRecords, *, link_only: bool, console: Console
) -> list[str]:
    """The cluster of each record."""
    warehouse.ensure_ready(settings)
    with scratch_schema(settings) as scratch:
        _load(settings, scratch, records)
        memory = _Memory(settings, scratch, link_only=link_only)
        memory.recall()
        _build(settings, scratch, link_only=link_only, console=console)
        memory.keep()
        return _clusters(settings, scratch, len(records))


class _Memory:
    """How dbt has read the project for a scratch schema of this name.

    It is a file of dbt's, which knows when it is out of date.
    """

    def __init__(
        self, settings: Settings, scratch: Scratch, *, link_only: bool
    ) -> None:
        name = f"{scratch.schema}{'_link_only' if link_only else ''}"
        self._kept = settings.home / "dbt" / "evaluations" / f"{name}.msgpack"
        self._used = _target(scratch) / "partial_parse.msgpack"

    def recall(self) -> None:
        """Give dbt what there is."""
        if self._kept.exists():
            self._used.parent.mkdir(exist_ok=True)
            shutil.copyfile(self._kept, self._used)

    def keep(self) -> None:
        """Take over what dbt knows now, whole, whoever else does that."""
        self._kept.parent.mkdir(parents=True, exist_ok=True)
        new = self._kept.with_name(f"{self._kept.name}.{os.getpid()}")
        shutil.copyfile(self._used, new)
        new.replace(self._kept)


def _target(scratch: Scratch) -> Path:
    return scratch.folder / "target"


def _build(
    settings: Settings,
    scratch: Scratch,
    *,
    link_only: bool,
    console: Console,
) -> None:
    variables = {
        "identity_schema": scratch.schema,
        "identity_link_only": link_only,
        "match_probabilistically": True,
        # a wrong merge and a missed one count the same in a score
        "match_threshold": 0,
    }
    said: list[str] = []

    def tell(event: NodeEvent | None) -> None:
        if event and name_of(event.node) == _FITTED:
            if event.status == "started":
                console.print("fitting the model …")
            elif event.fitted:
                console.print(event.fitted, highlight=False, soft_wrap=True)
                console.print("clustering …")

    console.print("comparing likely pairs …")
    code = run_dbt(
        settings,
        [
            *("build", "--select", _CLUSTERS),
            *("--exclude-resource-type", "test"),
            *("--exclude-resource-type", "unit_test"),
            *("--vars", json.dumps(variables)),
            *("--target-path", str(_target(scratch))),
            # its log and its artifacts would go with the folder
            *("--log-path", str(scratch.folder), "--log-level-file", "none"),
            "--no-write-json",
            *("--cache-selected-only", "--quiet", "--no-use-colors"),
        ],
        on_node=tell,
        output=said.append,
        beside_others=True,
    )
    if code:
        console.print("\n".join(said), markup=False, highlight=False, soft_wrap=True)
        raise ModelsFailed


def _load(settings: Settings, scratch: Scratch, records: LabelledRecords) -> None:
    table = sql.Identifier(scratch.schema, "labelled_records")
    columns = sql.SQL(", ").join(
        sql.SQL("{} text").format(sql.Identifier(name))
        for name in ("source", *records.fields)
    )
    with warehouse.connect(settings, "transformer") as connection:
        connection.execute(
            sql.SQL("create table {} (record_number integer not null, {})").format(
                table, columns
            )
        )
        statement = sql.SQL("copy {} from stdin").format(table)
        with connection.cursor().copy(statement) as copy:
            for row in records.rows():
                copy.write_row(row)
        connection.execute(sql.SQL("analyze {}").format(table))
        # dbt makes views of them before there is a fit
        create_tables(connection, scratch.schema)


def _clusters(settings: Settings, scratch: Scratch, records: int) -> list[str]:
    table = sql.Identifier(scratch.schema, "int_identity__clusters")
    with warehouse.connect(settings, "transformer") as connection:
        found = dict(
            connection.execute(
                sql.SQL("select customer_record_key, cluster::text from {}").format(
                    table
                )
            ).fetchall()
        )
    return [found[f"{number:0{_KEY_DIGITS}}"] for number in range(1, records + 1)]


def _scores(
    records: LabelledRecords,
    clusters: Sequence[str],
    *,
    link_only: bool,
    console: Console,
) -> dict[str, float | int | None]:
    known = [k for k, person in enumerate(records.persons) if person is not None]
    if len(known) < len(records):
        unknown = len(records) - len(known)
        console.print(f"{unknown:,} records have no truth, and are not scored.")
    found = [clusters[k] for k in known]
    persons = [records.persons[k] for k in known]
    sources = [records.sources[k] for k in known] if link_only else None
    by_pair = pair_scores(found, persons, sources)
    by_record = record_scores(found, persons, sources)
    sizes = Counter(clusters)
    return {
        "pair_precision": by_pair.precision,
        "pair_recall": by_pair.recall,
        "pair_f1": by_pair.f1,
        "bcubed_f1": float(by_record.f1),
        "exact_cluster_share": by_record.exact_persons / by_pair.persons,
        "clusters": len(sizes),
        "largest_cluster": max(sizes.values()),
        "records": len(records),
    }


@contextmanager
def _key_file(
    path: Path | None, records: Path
) -> Iterator[Callable[[Sequence[str]], None]]:
    """Give what writes the file of keys, whole or not at all."""
    if path is None:
        yield lambda clusters: None
        return
    if path.is_dir() or not path.parent.is_dir() or path.resolve() == records.resolve():
        raise UserError(
            f"--output: {path} is no place for a new file: name one in a folder that "
            "there is."
        )
    partial_file = path.with_name(f".{path.name}.{os.getpid()}.partial")
    # opened before the work, that nobody waits for it in vain
    with partial_file.open("w", encoding="utf-8", newline="") as file:
        try:

            def write(clusters: Sequence[str]) -> None:
                rows = csv.writer(file, lineterminator="\n")
                rows.writerow(["record_number", "customer_key"])
                rows.writerows(enumerate(clusters, start=1))
                file.flush()
                partial_file.replace(path)

            yield write
        finally:
            partial_file.unlink(missing_ok=True)
