"""Each rule holds in the dbt project."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest

from customer360.settings import Settings

from . import file_rules, manifest_rules

PROJECT = Settings.from_env().dbt_project_dir
WRITTEN_BY_OTHERS = {"dbt_packages", "target", "logs"}
FILES = {
    PurePosixPath(path.relative_to(PROJECT)): path
    for path in sorted(PROJECT.rglob("*"))
    if path.suffix in (".sql", ".yml", ".yaml")
    and path.relative_to(PROJECT).parts[0] not in WRITTEN_BY_OTHERS
}


def complain(broken: list[str]) -> None:
    if broken:
        pytest.fail("\n".join(broken), pytrace=False)


@pytest.mark.parametrize("name", manifest_rules.RULES)
def test_the_manifest_keeps(name: str, manifest: dict[str, Any]) -> None:
    complain(manifest_rules.RULES[name](manifest))


@pytest.mark.parametrize("name", file_rules.RULES)
def test_the_files_keep(name: str) -> None:
    broken = [
        line
        for path, file in FILES.items()
        for line in file_rules.RULES[name](path, file.read_text())
    ]
    complain(broken)
