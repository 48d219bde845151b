"""`make env` writes secrets once, for their owner alone."""

from __future__ import annotations

import base64
import io
import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path

import pytest
from rich.console import Console

from customer360.errors import UserError
from customer360.secrets import EXAMPLE, write_env
from customer360.settings import ROOT

NAME = re.compile(r"^(?:# )?([A-Z][A-Z0-9_]*)=", re.MULTILINE)


def values(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([A-Z][A-Z0-9_]*)=(.*)$", path.read_text(), re.MULTILINE))


def quiet() -> Console:
    return Console(file=io.StringIO(), width=200)


def test_every_empty_value_becomes_a_secret_of_its_own(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        assert write_env(tmp_path / ".env", console=quiet())
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    written, example = values(tmp_path / ".env"), values(EXAMPLE)
    secret = {name for name, value in example.items() if not value}
    assert {
        name for name in example if re.search("PASSWORD|SECRET|KEY", name)
    } == secret
    assert len({written[name] for name in secret}) == len(secret)
    assert all(len(written[name]) >= 40 for name in secret)
    assert len(base64.urlsafe_b64decode(written["AIRFLOW_FERNET_KEY"])) == 32
    assert int(written["AIRFLOW_UID"]) == (os.getuid() or 50000)
    kept = set(example) - secret - {"AIRFLOW_UID"}
    assert {name: written[name] for name in kept} == {n: example[n] for n in kept}


def test_two_files_share_no_secret(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_env(tmp_path / name, console=quiet())
    one, other = values(tmp_path / "one"), values(tmp_path / "other")
    assert not {v for v in one.values() if len(v) > 5} & set(other.values())


def test_an_existing_file_stays_and_its_gaps_are_named(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("POSTGRES_PASSWORD=mine\n")
    console = quiet()
    assert not write_env(path, console=console)
    assert path.read_text() == "POSTGRES_PASSWORD=mine\n"
    said = console.file.getvalue()
    assert "left as it is" in said and "AIRFLOW_ADMIN_PASSWORD" in said
    assert "POSTGRES_PASSWORD" not in said and "mine" not in said


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / ".env").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError):
        write_env(tmp_path / ".env", console=quiet())
    assert not (tmp_path / "elsewhere").exists()


def test_a_missing_folder_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="can't write"):
        write_env(tmp_path / "nowhere" / ".env", console=quiet())


def read_by(files: Iterable[Path]) -> set[str]:
    return {
        name
        for path in files
        for name in re.findall(r"[\"'](C360_[A-Z_]+)[\"']", path.read_text())
    }


def test_the_example_lists_every_setting_and_no_other() -> None:
    listed = set(NAME.findall(EXAMPLE.read_text()))
    compose = (ROOT / "docker-compose.yml").read_text()
    substituted = set(re.findall(r"(?<!\$)\$\{([A-Z0-9_]+)", compose))
    package = ROOT / "customer360"
    assert read_by([package / "settings.py"]) | substituted <= listed
    # the rest of the package has variables that only its own parts set and read
    assert listed <= read_by(package.rglob("*.py")) | substituted


def test_the_readme_lists_every_setting() -> None:
    readme = (ROOT / "README.md").read_text()
    settings = (ROOT / "customer360" / "settings.py").read_text()
    for name in set(re.findall(r"C360_[A-Z_]+", settings)):
        assert f"`{name}`" in readme
