"""A dbt project of models that have the fixpoint materializations, and no others."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from dbt_workplace import PROJECT, Workplace

from customer360 import warehouse


def write_project(folder: Path, models: Mapping[str, str]) -> Path:
    """Write a project with these models, name → SQL, into a folder."""
    (folder / "models").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text("name: fixpoints\nprofile: customer360\n")
    shutil.copytree(PROJECT / "macros" / "materializations", folder / "macros")
    for name, query in models.items():
        (folder / "models" / f"{name}.sql").write_text(query)
    return folder


def model(materialization: str, query: str, **configuration: float) -> str:
    """SQL of a model."""
    settings = {"materialized": materialization, **configuration}
    arguments = ", ".join(f"{name}={value!r}" for name, value in settings.items())
    return f"{{{{ config({arguments}) }}}}\n{query}"


def rounds_in(output: str) -> dict[str, int]:
    """Model → the rounds that dbt's output says it took."""
    return {
        name: int(count) for name, count in re.findall(r"(\w+): (\d+) rounds", output)
    }


def error_of(name: str, output: str) -> str:
    """What dbt's output says in the end of a model that failed, in one line."""
    _, _, errors = output.partition("Completed with")
    found = re.search(rf"in model {name} \(.*?(?=\n\S*\s*\n|\Z)", errors, re.DOTALL)
    assert found, f"{name} did not fail:\n{output[-4000:]}"
    return " ".join(found[0].split())


def load(
    workplace: Workplace, table: str, columns: str, rows: Iterable[tuple[object, ...]]
) -> None:
    """Make a table of these rows that models can read."""
    with warehouse.connect(workplace.settings, "transformer") as connection:
        connection.execute(f"create table {table} ({columns})")
        with connection.cursor().copy(f"copy {table} from stdin") as copy:
            for row in rows:
                copy.write_row(row)


def labels(workplace: Workplace, name: str) -> dict[object, object]:
    """Node → its component or cluster, of a model that was built."""
    with warehouse.connect(workplace.settings, "transformer") as connection:
        found = connection.execute(f"select * from marts.{name}").fetchall()
    assert len(dict(found)) == len(found), "a node stands there twice"
    return dict(found)
