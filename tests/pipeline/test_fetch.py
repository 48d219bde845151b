"""What is fetched goes through the pipeline as files do, whatever else is down."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from ingest.api import Api, served

from pipeline.shop import Shop

if TYPE_CHECKING:
    from tests.conftest import GivenServer

CUSTOMER360 = Path(sys.executable).with_name("customer360")

CHARGE = {
    **{"id": "ch_1", "customer": "cus_1", "amount": 1999, "currency": "eur"},
    **{"created": 1767225600, "status": "succeeded", "refunded": False},
    "livemode": False,
}


@pytest.fixture
def api() -> Iterator[Api]:
    """A payment provider."""
    with served() as api:
        api.records = [CHARGE]
        yield api


@pytest.fixture
def erp(newest: GivenServer) -> Iterator[str]:
    """URL of the database of a shop with one customer."""
    name = f"erp_{secrets.token_hex(6)}"
    newest.create_database(name, "postgres")
    with newest.admin(name) as connection:
        connection.execute(
            "create table customers (id int primary key, name text, email text, "
            "address text, changed timestamptz);"
            "insert into customers values (1, 'Ann Xenophon', 'ann@example.org', "
            "'1 Main Street', '2026-01-01')"
        )
    yield newest.url("postgres", name)
    with newest.admin() as admin:
        admin.execute(f"drop database {name} with (force)")


def connections(api: Api, **more: object) -> str:
    client = {
        "base_url": api.url,
        "headers": {"X-Api-Key": "${PAYMENTS_KEY}"},
        "paginator": {"type": "json_link", "next_url_path": "next"},
    }
    charges = {
        "path": "records",
        "data_selector": "records",
        "incremental": {"cursor_path": "created", "start_param": "since"},
    }
    customers = {
        "table": "customers",
        "rename": {"id": "customer_id"},
        "incremental": {"cursor_path": "changed"},
    }
    return yaml.safe_dump(
        {
            "connections": {
                **more,
                "payments": {"api": client, "tables": {"stripe_charges": charges}},
                "erp": {
                    "database": "${ERP_URL}",
                    "tables": {"shop_customers": customers},
                },
            }
        }
    )


def customer360(
    shop: Shop, command: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [CUSTOMER360, command],
        env=shop.environment(RUNTIME__REQUEST_BACKOFF_FACTOR="0.01", **environment),
        cwd="/",
        capture_output=True,
        text=True,
    )


def test_a_run_fetches_and_what_is_down_keeps_nothing_from_being_published(
    shop: Shop, api: Api, erp: str
) -> None:
    secret = {"PAYMENTS_KEY": api.key, "ERP_URL": erp}
    gone = {
        "api": {"base_url": "http://127.0.0.1:9/"},
        "tables": {"stripe_customers": {"path": "customers"}},
    }
    shop.connections.write_text(connections(api, gone=gone))
    done = customer360(shop, "run", **secret)
    assert done.returncode == 2, done.stdout + done.stderr
    (error,) = done.stderr.splitlines()
    assert error.startswith("error: gone: 127.0.0.1:9 is not there.")
    for step in ("fetch", "load", "dbt", "publish", "export"):
        assert f"✓ {step}" in done.stdout, step
    assert "Published  run" not in done.stdout, "no summary of a run that failed"
    assert shop.value(
        "select array[name_text, email] from staging.stg_shop__customers", "transformer"
    ) == ["Ann Xenophon", "ann@example.org"]
    assert (
        shop.value(
            "select concat_ws(' ', charge_id, cast(amount as numeric(9, 2)), currency) "
            "from staging.stg_stripe__charges",
            "transformer",
        )
        == "ch_1 19.99 EUR"
    )
    assert (
        shop.value(
            "select count(*) from published.bridge_customer_identities "
            "where system = 'shop'"
        )
        == 1
    )
    logs = sorted((shop.settings.home / "logs").glob("run-*.log"))
    log = logs[-1].read_text()
    password = erp.partition("@")[0].rpartition(":")[2]
    for private in (api.key, password, "Xenophon", "ann@example.org"):
        assert private not in log + done.stdout + done.stderr

    shop.connections.write_text(connections(api))
    done = customer360(shop, "fetch", **secret)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("nothing new") == 2
    # both are fetched at a time: which is numbered first is nobody's affair
    files = {
        path.name.split("-")[0] for path in shop.settings.landing_dir.rglob("*.gz")
    }
    assert files == {"shop_customers.fetched", "stripe_charges.fetched"}
    assert len(list(shop.settings.landing_dir.rglob("*.gz"))) == 2


def test_without_a_connection_nothing_is_imported_and_nothing_asked(
    tmp_path: Path,
) -> None:
    code = (
        "import sys; from customer360 import cli; from customer360.pipeline import run;"
        "from customer360.fetch import declared_connections, fetch;"
        "from customer360.settings import Settings;"
        "assert declared_connections(Settings.from_env()) == [];"
        "assert not {'dlt', 'sqlalchemy', 'requests'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "C360_CONNECTIONS": str(tmp_path / "none.yml")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
