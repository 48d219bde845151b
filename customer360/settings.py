"""Where things are: read once from the environment, passed around as a value."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from customer360.errors import UserError

ROOT = Path(__file__).resolve().parents[1]
"""The checkout: the folder that holds `dbt_project/`, `sql/` and this package."""

EMBEDDED_URL = "embedded:///customer360"

_UNSPEAKABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Settings:
    """Every setting of the product; the README's table lists them for people."""

    home: Path
    """Embedded server, Airflow's home, logs and other state (`C360_HOME`)."""
    database_url: str
    """A `postgresql://` URL, or `embedded:///NAME` for a database of that name
    on the embedded server (`C360_DATABASE_URL`)."""
    landing_dir: Path
    """Where files arrive (`C360_LANDING_DIR`)."""
    export_dir: Path
    """Where exports go (`C360_EXPORT_DIR`)."""
    connections_file: Path | None = field(default=None, kw_only=True)
    """Which APIs and databases to fetch from (`C360_CONNECTIONS`); there need not be
    such a file."""

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from `env` (the process's environment if not given)."""
        env = os.environ if env is None else env

        def given(name: str, default: str) -> Path:
            # an empty variable means "not set", as docker compose passes it
            return folder(name, env.get(name) or default, ROOT)

        return cls(
            home=given("C360_HOME", ".customer360"),
            database_url=env.get("C360_DATABASE_URL") or EMBEDDED_URL,
            landing_dir=given("C360_LANDING_DIR", "landing"),
            export_dir=given("C360_EXPORT_DIR", "powerbi_data"),
            connections_file=given("C360_CONNECTIONS", "connections.yml"),
        )

    @property
    def has_connections(self) -> bool:
        """Whether there is something to fetch from: told without reading it."""
        return self.connections_file is not None and self.connections_file.exists()

    @property
    def dbt_project_dir(self) -> Path:
        """The dbt project's folder."""
        return ROOT / "dbt_project"

    @property
    def truth_dir(self) -> Path:
        """Where the generators write who is who: never read by the pipeline."""
        return self.home / "truth"


def folder(name: str, value: str, base: Path) -> Path:
    """Path of the folder that the setting `name` gives, relative to `base`.

    `~` is the user's home. UserError when that is unknown, or nothing was given.
    """
    if not value:
        raise UserError(f"{name} names no folder: it is empty.")
    if _UNSPEAKABLE.search(value):
        # no configuration file, URL or message could name it
        raise UserError(
            f"{name} must be a path without line breaks, other control characters or "
            f"bytes that are not UTF-8, not {value!a}."
        )
    try:
        return (base / Path(value).expanduser()).resolve()
    except RuntimeError:
        # a user whom nobody knows, or a circle of links
        raise UserError(
            f"{name} leads to no folder: {value}. Give its whole path."
        ) from None
