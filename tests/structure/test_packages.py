"""dbt's packages get installed with the hub, without it, and when it hangs."""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from rich.console import Console

from customer360 import warehouse
from customer360.errors import UserError
from customer360.pipeline import packages
from customer360.settings import Settings

PROJECT = Settings.from_env().dbt_project_dir
STAND_IN = PROJECT / "offline_packages" / "dbt_utils"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A dbt project that asks for dbt_utils and has the stand-in at hand."""
    project = tmp_path / "project"
    project.mkdir()
    shutil.copy(PROJECT / "packages.yml", project)
    shutil.copytree(STAND_IN, project / "offline_packages" / "dbt_utils")
    return project


def install(project: Path, *, offline: bool = False, hub_seconds: float = 5) -> str:
    """Install and return what was said."""
    said = io.StringIO()
    console = Console(file=said, width=80)
    packages.install(project, offline=offline, console=console, hub_seconds=hub_seconds)
    return said.getvalue()


def installed(project: Path) -> set[str]:
    return {
        str(path.relative_to(project / "dbt_packages"))
        for path in (project / "dbt_packages").rglob("*")
        if path.is_file()
    }


def test_offline_installs_the_stand_in_once(project: Path) -> None:
    said = install(project, offline=True)
    assert said.count("\n") == 1
    assert "stand-in for dbt_utils" in said
    assert "dbt_utils/macros/generate_surrogate_key.sql" in installed(project)
    assert install(project, offline=True) == ""


def test_a_changed_stand_in_is_installed_again(project: Path) -> None:
    install(project, offline=True)
    macros = project / "offline_packages" / "dbt_utils" / "macros"
    (macros / "more.sql").write_text("{% macro more() %}{% endmacro %}")
    (macros / "generate_surrogate_key.sql").write_text("{# changed #}")
    install(project, offline=True)
    there = project / "dbt_packages" / "dbt_utils" / "macros"
    assert (there / "generate_surrogate_key.sql").read_text() == "{# changed #}"
    (macros / "more.sql").unlink()
    install(project, offline=True)
    assert not (there / "more.sql").exists()


def test_a_package_without_stand_in_is_a_clear_error(project: Path) -> None:
    with (project / "packages.yml").open("a") as file:
        file.write('  - package: calogica/dbt_expectations\n    version: "0.10.4"\n')
    with pytest.raises(UserError, match=r"dbt_expectations.*dbt deps"):
        install(project, offline=True)


def test_what_a_person_installed_by_hand_stays(project: Path) -> None:
    theirs = project / "dbt_packages" / "dbt_utils" / "dbt_project.yml"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("name: dbt_utils\nversion: 1.4.0\n")
    assert install(project, offline=True) == ""
    assert installed(project) == {"dbt_utils/dbt_project.yml"}


def test_many_at_once_install_one_whole_package(project: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda _: install(project, offline=True), range(8)))
    assert sum(map(bool, said)) == 1
    expected = {
        f"dbt_utils/{path.relative_to(STAND_IN)}"
        for path in STAND_IN.rglob("*")
        if path.is_file()
    }
    assert installed(project) == expected | {packages.MARKER}


# ---- hubs of every kind ----


class Hub(http.server.BaseHTTPRequestHandler):
    """The part of the dbt hub that `dbt deps` asks, for one package."""

    files: dict[str, bytes]

    def do_GET(self) -> None:
        body = self.files.get(self.path)
        self.send_response(200 if body else 404)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bytes]]:
    """A hub on this machine; what it serves can be changed."""
    files: dict[str, bytes] = {"/": b"hub"}
    handler = type("OneHub", (Hub,), {"files": files})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"
    monkeypatch.setenv("DBT_PACKAGE_HUB_URL", url)
    version = {
        "name": "dbt_utils",
        "packages": [],
        "require_dbt_version": [],
        "downloads": {"tarball": f"{url}dbt_utils.tar.gz"},
    }
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for name, text in {
            "dbt_project.yml": "name: dbt_utils\nversion: 0.1.0\n",
            "macros/real.sql": "{% macro real() %}{% endmacro %}",
        }.items():
            member = tarfile.TarInfo(f"dbt-utils-1.3.1/{name}")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    files["/api/v1/index.json"] = b'["dbt-labs/dbt_utils"]'
    files["/api/v1/dbt-labs/dbt_utils.json"] = json.dumps(
        {
            "name": "dbt_utils",
            "versions": {
                number: version | {"version": number} for number in ("1.3.0", "1.3.1")
            },
        }
    ).encode()
    files["/dbt_utils.tar.gz"] = archive.getvalue()
    yield files
    server.shutdown()
    server.server_close()


def test_the_real_package_comes_from_the_hub(
    project: Path, hub: dict[str, bytes]
) -> None:
    assert install(project) == "dbt packages installed: dbt_utils\n"
    real = {"dbt_utils/dbt_project.yml", "dbt_utils/macros/real.sql", packages.MARKER}
    assert installed(project) == real
    assert install(project, offline=True) == ""
    # a changed declaration is looked at again; without the hub, what is there stays
    with (project / "packages.yml").open("a") as file:
        file.write("# changed\n")
    assert "keeps the packages that are installed" in install(project, offline=True)
    assert installed(project) == real
    assert not (project / "package-lock.yml").exists()


def test_a_hub_that_fails_half_way_leaves_the_stand_in(
    project: Path, hub: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    del hub["/dbt_utils.tar.gz"]
    monkeypatch.setattr(packages, "DEPS_SECONDS", 4.0)
    said = install(project)
    assert "`dbt deps` took more than 4 s" in said
    assert "stand-in for dbt_utils" in said
    assert "dbt_utils/macros/generate_surrogate_key.sql" in installed(project)


def test_a_hub_that_never_answers_is_left_alone(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        monkeypatch.setenv("DBT_PACKAGE_HUB_URL", url)
        assert "hub" in install(project, hub_seconds=0.5)
    assert "dbt_utils/macros/generate_surrogate_key.sql" in installed(project)


def test_a_hub_that_refuses_is_left_alone(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_PACKAGE_HUB_URL", "http://127.0.0.1:9/")
    assert "the dbt hub can't be reached" in install(project)


# ---- the stand-in's macros and tests ----


def test_the_stand_in_has_just_what_the_project_uses() -> None:
    used = {
        name
        for folder in ("models", "macros", "seeds", "snapshots", "tests")
        for path in (PROJECT / folder).rglob("*")
        if path.suffix in (".sql", ".yml", ".yaml")
        for name in re.findall(r"\bdbt_utils\.(\w+)", path.read_text())
    }
    defined = {
        name
        for path in STAND_IN.rglob("*.sql")
        for name in re.findall(r"\{%-? *(?:macro|test) +(\w+)", path.read_text())
    }
    assert used == defined


ROWS = """
select 1 as id, 'a' as kind, 10 as amount, cast(null as text) as note
union all select 2, 'a', 0, ''
union all select 3, 'b', -1, 'x'
union all select 4, 'b', null, null
"""
KEYS = """
select id,
    {{ dbt_utils.generate_surrogate_key(["id"]) }} as of_one,
    {{ dbt_utils.generate_surrogate_key(["id", "note", "amount"]) }} as of_three
from {{ ref("rows") }}
"""
TESTS = """
models:
  - name: rows
    data_tests:
      - dbt_utils.unique_combination_of_columns:
          name: unique_pass
          arguments: {combination_of_columns: [id, kind]}
      - dbt_utils.unique_combination_of_columns:
          name: unique_fail_2
          arguments: {combination_of_columns: [kind]}
      - dbt_utils.unique_combination_of_columns:
          name: quoted_pass
          arguments: {combination_of_columns: [id, kind], quote_columns: true}
      - dbt_utils.expression_is_true:
          name: expression_pass
          arguments: {expression: "id < 5 or amount = 0"}
      - dbt_utils.expression_is_true:
          name: precedence_fail_2
          arguments: {expression: "id = 1 or amount = 99"}
      - dbt_utils.expression_is_true:
          name: filtered_pass
          arguments: {expression: "amount > 0"}
          config: {where: "id = 1"}
    columns:
      - name: amount
        data_tests:
          - dbt_utils.expression_is_true:
              name: column_fail_1
              arguments: {expression: ">= 0"}
          - dbt_utils.accepted_range:
              name: range_pass
              arguments: {min_value: -1, max_value: 10}
          - dbt_utils.accepted_range:
              name: exclusive_fail_2
              arguments: {min_value: -1, max_value: 10, inclusive: false}
          - dbt_utils.accepted_range:
              name: minimum_fail_1
              arguments: {min_value: 0}
          - dbt_utils.accepted_range:
              name: columns_fail_1
              arguments: {max_value: "id * 5"}
"""


def test_the_stand_in_does_what_the_real_package_does(
    project: Path, database: Settings
) -> None:
    install(project, offline=True)
    shutil.copy(PROJECT / "profiles.yml", project)
    (project / "dbt_project.yml").write_text(
        "name: trial\nversion: '1.0'\nconfig-version: 2\nprofile: customer360\n"
        "flags: {require_generic_test_arguments_property: true}\n"
        "models: {trial: {+materialized: table}}\n"
    )
    (project / "models").mkdir()
    (project / "models" / "rows.sql").write_text(ROWS)
    (project / "models" / "keys.sql").write_text(KEYS)
    (project / "models" / "tests.yml").write_text(TESTS)
    command = [sys.executable, "-m", "dbt.cli.main", "--no-send-anonymous-usage-stats"]
    for verb in ("run", "test"):
        result = subprocess.run(
            [*command, verb],
            cwd=project,
            env=os.environ | warehouse.client_environment(database),
            capture_output=True,
            text=True,
        )
        if verb == "run":
            assert result.returncode == 0, result.stdout
    outcomes = {
        entry["unique_id"].split(".")[2]: (entry["status"], entry["failures"])
        for entry in json.loads((project / "target/run_results.json").read_text())[
            "results"
        ]
    }
    assert outcomes == {
        name: ("fail", int(name[-1])) if name[-1].isdigit() else ("pass", 0)
        for name in re.findall(r"name: (\w+_(?:pass|fail_\d))", TESTS)
    }

    null = "_dbt_utils_surrogate_key_null_"
    with warehouse.connect(database, "transformer") as connection:
        keys = connection.execute("select * from marts.keys order by id").fetchall()
    texts = [("1", null, "10"), ("2", "", "0"), ("3", "x", "-1"), ("4", null, null)]
    assert keys == [
        (
            number,
            hashlib.md5(str(number).encode()).hexdigest(),
            hashlib.md5("-".join(fields).encode()).hexdigest(),
        )
        for number, fields in enumerate(texts, start=1)
    ]
