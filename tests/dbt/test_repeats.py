"""What our dbt does only once is what it would have done each time."""

from __future__ import annotations

from pathlib import Path

import pytest
from dbt_workplace import Workplace
from fixpoints import error_of, write_project

# one text for all of them, and nothing in it that is the same
MODEL = """{{ config(materialized="table") }}
{% if execute and this.name in var("failing") %}
{{ exceptions.raise_compiler_error("not " ~ this.name) }}
{% endif %}
select '{{ this.name }}' as name, {{ this.name[-1] }} as number
"""
NAMES = [f"model_{number}" for number in range(8)]
OF_A_MODEL = """
  - name: {name}
    columns:
      - name: number
        data_tests:
          - accepted_values: {{arguments: {{values: [0, 1, 2], quote: false}}}}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_project(
        tmp_path_factory.mktemp("repeats") / "project", dict.fromkeys(NAMES, MODEL)
    )
    tests = "".join(OF_A_MODEL.format(name=name) for name in NAMES)
    (folder / "models" / "tests.yml").write_text(f"models:{tests}")
    return folder


def test_the_same_text_means_another_thing_elsewhere(
    workplace: Workplace, project: Path
) -> None:
    # twice: what there is has to give way
    workplace.dbt("run", project=project, failing=[])
    output = workplace.dbt("build", project=project, succeeds=False, failing=[])
    assert "PASS=11 WARN=0 ERROR=5" in output
    for name in NAMES:
        found = workplace.table(f"marts.{name}")
        assert found.to_dict("records") == [{"name": name, "number": int(name[-1])}]
    tables = workplace.table("pg_tables").query("schemaname == 'marts'")["tablename"]
    assert sorted(tables) == NAMES, "nothing is left of what was replaced"


def test_an_error_names_its_model(workplace: Workplace, project: Path) -> None:
    failing = ["model_3", "model_5"]
    output = workplace.dbt("run", project=project, succeeds=False, failing=failing)
    assert "PASS=6 WARN=0 ERROR=2" in output
    for name in failing:
        assert f"not {name}" in error_of(name, output)


def test_whoever_debugs_sees_every_statement(
    workplace: Workplace, project: Path
) -> None:
    statement = '."marts"."model_1__dbt_tmp" rename to "model_1"'
    one = ("run", "--select=model_1")
    assert statement not in workplace.dbt(*one, project=project, failing=[])
    assert statement in workplace.dbt("--debug", *one, project=project, failing=[])
