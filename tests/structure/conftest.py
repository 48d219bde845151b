"""The dbt project as dbt reads it, for the rules to judge."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from customer360.pipeline.packages import ensure_packages
from customer360.settings import Settings

NO_DATABASE = {
    name: "nowhere" for name in ("PGHOST", "PGUSER", "PGPASSWORD", "PGDATABASE")
}


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `dbt parse` says of the project; a warning counts as an error."""
    settings = Settings.from_env()
    ensure_packages(settings)
    target = tmp_path_factory.mktemp("parse")
    command = [sys.executable, "-m", "dbt.cli.main", "--warn-error"]
    command += ["--no-send-anonymous-usage-stats", "--log-path", str(target)]
    command += ["parse", "--no-partial-parse", "--target-path", str(target)]
    result = subprocess.run(
        command,
        cwd=settings.dbt_project_dir,
        env=os.environ | NO_DATABASE,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout
    return json.loads((target / "manifest.json").read_text())
