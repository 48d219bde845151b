"""Airflow's home for the product: a configuration of our own, whatever is outside."""

from __future__ import annotations

import base64
import configparser
import io
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from customer360.settings import ROOT, Settings
from customer360.warehouse.files import problems_explained, write_private

DAGS = ROOT / "airflow" / "dags"


def write_configuration(
    home: Path, *, metadata_url: str, more: Mapping[str, Mapping[str, object]]
) -> None:
    """Write `home/airflow.cfg`, readable by its owner alone.

    `more` has the settings that are not the same for every use, by section.
    """
    private_folder(home)
    sections: dict[str, dict[str, object]] = {
        "core": {
            "dags_folder": DAGS,
            "load_examples": False,
            "executor": "LocalExecutor",
            "simple_auth_manager_users": "admin:admin",
        },
        "database": {"sql_alchemy_conn": metadata_url},
        "logging": {"base_log_folder": home / "logs"},
    }
    for section, values in more.items():
        sections.setdefault(section, {}).update(values)
    parser = configparser.RawConfigParser()
    parser.read_dict(
        {
            section: {name: str(value) for name, value in values.items()}
            for section, values in sections.items()
        }
    )
    text = io.StringIO()
    parser.write(text)
    write_private(home / "airflow.cfg", text.getvalue())


def environment(settings: Settings, home: Path) -> dict[str, str]:
    """Return an environment in which Airflow finds that configuration, and we ours."""
    found = {
        name: value
        for name, value in os.environ.items()
        # what configures another Airflow on this machine must not configure ours
        if not name.startswith("AIRFLOW__") and name != "AIRFLOW_CONFIG"
    }
    # its parts talk to each other over the loopback address, never by a proxy
    for name in ("NO_PROXY", "no_proxy"):
        hosts = [found.get(name), "127.0.0.1", "localhost"]
        found[name] = ",".join(host for host in hosts if host)
    return found | {
        "AIRFLOW_HOME": str(home),
        "C360_HOME": str(settings.home),
        "C360_DATABASE_URL": settings.database_url,
        "C360_LANDING_DIR": str(settings.landing_dir),
        "C360_EXPORT_DIR": str(settings.export_dir),
    }


def private_folder(folder: Path) -> None:
    """Have a folder; when it is new, only its owner can look into it."""
    with problems_explained(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def keys(home: Path) -> dict[str, str]:
    """Keys that Airflow signs and encrypts with, made once and kept in `home`."""
    file = home / "keys.json"
    if file.exists():
        return json.loads(file.read_text())
    made = {
        "fernet_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "jwt_secret": secrets.token_hex(32),
        "secret_key": secrets.token_hex(32),
    }
    write_private(file, json.dumps(made))
    return made
