"""What our dbt does only once is what it would have done each time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from dbt_workplace import Workplace
from fixpoints import error_of, write_project

from customer360 import warehouse

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

MACROS = """
{% macro shout(word) %}{{ word | upper }}{% endmacro %}
{% macro greeting() %}{{ adapter.dispatch("greeting")() }}{% endmacro %}
{% macro postgres__greeting() %}good day{% endmacro %}
{% macro tojson(value) %}instead of dbt's own{% endmacro %}
"""
CALLED = {
    "by its name": '{{ shout("a") }}',
    "in its package": '{{ fixpoints.shout("b") }}',
    "in dbt's package": '{{ dbt.string_literal("c") | replace("\'", "") }}',
    "of the context": '{{ context["shout"]("d") }}{{ context.get("shout")("e") }}',
    "in the context": '{{ "shout" in context }}, {{ "whisper" in context }}',
    "among all": '{{ "shout" in context.keys() | list }}, {{ "ref" in context }}',
    "dispatched": "{{ greeting() }}",
    "as dbt's own": "{{ tojson(1) }}",
    "of a var": '{{ var("said") }}',
    "not there": '{{ context.get("whisper", "nothing") }}, {{ whisper is defined }}',
}
FOUND = {
    "by its name": "A",
    "in its package": "B",
    "in dbt's package": "c",
    "of the context": "DE",
    "in the context": "True, False",
    "among all": "True, True",
    "dispatched": "good day",
    "as dbt's own": "instead of dbt's own",
    "of a var": "F",
    "not there": "nothing, False",
}

OTHER_DBT = """
from dbt.adapters.base import BaseAdapter
from dbt.context import providers
from dbt.context.macros import MacroNamespaceBuilder
from dbt.context.manifest import ManifestContext
from dbt_common.clients.jinja import MacroFuzzEnvironment
from dbt_common.events.event_manager import EventManager
from customer360.pipeline.dbt_repeats import spare_repeats

begin = ManifestContext._build_namespace
MacroFuzzEnvironment.compile = compile = lambda self, text: None
MacroNamespaceBuilder.build_namespace = build = lambda self, macros: None
BaseAdapter.set_macro_context_generator = take = lambda self, make: None
BaseAdapter._make_match = match = lambda self, relations, database, name: None
del providers.wrapped_exports
EventManager.fire_event = fire = lambda self, event: None
spare_repeats()
assert ManifestContext._build_namespace is begin
assert MacroFuzzEnvironment.compile is compile
assert MacroNamespaceBuilder.build_namespace is build
assert BaseAdapter.set_macro_context_generator is take
assert BaseAdapter._make_match is match
assert EventManager.fire_event is fire
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


def test_a_table_whose_name_is_written_otherwise_is_told_of(
    workplace: Workplace, project: Path
) -> None:
    with warehouse.connect(workplace.settings, "transformer") as connection:
        connection.execute('create table marts."MODEL_9" ()')
    (project / "models" / "model_9.sql").write_text(MODEL)
    one = ("run", "--select=model_9")
    output = workplace.dbt(*one, project=project, succeeds=False, failing=[])
    assert "approximate match" in error_of("model_9", output)


def test_every_macro_is_found_however_it_is_called(
    workplace: Workplace, tmp_path: Path
) -> None:
    rows = "\nunion all ".join(
        f"select $${how}$$ as how, $${call}$$ as found" for how, call in CALLED.items()
    )
    text = f"{{{{ config(materialized='table') }}}}\n{rows}"
    project = write_project(tmp_path / "project", {"calls": text})
    (project / "macros" / "calls.sql").write_text(MACROS)
    workplace.dbt("run", project=project, said="{{ shout('f') }}")
    found = workplace.table("marts.calls").set_index("how")["found"]
    assert found.to_dict() == FOUND


def test_another_dbt_is_left_as_it_is_and_that_is_said() -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", OTHER_DBT],
        env=os.environ,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout + done.stderr
    assert said.count("dbt does more than it need") == 6
    for missing in ("name", "ctx", "macro_context_generator", "wrapped", "level"):
        assert missing in said
