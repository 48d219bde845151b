"""Each rule for the manifest catches what it is there for.

On a small project that keeps them all, and on others that break one each.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest

from . import manifest_rules
from .manifest_rules import RAW_ROWS, STAGED_ROWS


def model(name: str, folder: str, *parents: str, **changes: Any) -> dict[str, Any]:
    """A model as the manifest has it, with a key, a contract and an owner."""
    public = folder.startswith("marts")
    return {
        "resource_type": "model",
        "package_name": "shop",
        "unique_id": f"model.shop.{name}",
        "name": name,
        "original_file_path": f"models/{folder}/{name}.sql",
        "description": "One row per order.",
        "access": "public" if public else "protected",
        "contract": {"enforced": public},
        "config": {
            "materialized": "table" if public else "view",
            "meta": {"owner": "sales"},
        },
        "columns": {
            "order_key": {
                "name": "order_key",
                "description": "The key.",
                "constraints": [{"type": "primary_key"}] if public else [],
            }
        },
        "constraints": [],
        "depends_on": {"nodes": list(parents)},
        **changes,
    }


def data_test(test: str, of: str, column: str | None, **changes: Any) -> dict[str, Any]:
    """A generic test as the manifest has it."""
    return {
        "resource_type": "test",
        "package_name": "shop",
        "unique_id": f"test.shop.{test}_{of}_{column}",
        "attached_node": f"model.shop.{of}",
        "column_name": column,
        "test_metadata": {"name": test, "kwargs": changes.pop("kwargs", {})},
        "config": changes.pop("config", {}),
        **changes,
    }


def good() -> dict[str, Any]:
    """A small project with nothing to complain of."""
    nodes = [
        model("stg_web__orders", "staging/web", "source.shop.web.orders"),
        model("int_orders", "intermediate/orders", "model.shop.stg_web__orders"),
        model(RAW_ROWS, "intermediate/loads", "source.shop.web.orders"),
        model(STAGED_ROWS, "intermediate/loads", "model.shop.stg_web__orders"),
        model("fct_orders", "marts/core", "model.shop.int_orders"),
        model("daily_orders", "marts/sales", "model.shop.fct_orders"),
        model(
            "reconciliation",
            "marts/trust",
            f"model.shop.{RAW_ROWS}",
            f"model.shop.{STAGED_ROWS}",
        ),
    ]
    for name in ("stg_web__orders", "int_orders", RAW_ROWS, STAGED_ROWS):
        nodes.append(data_test("primary_key", name, "order_key"))
    return {
        "metadata": {"project_name": "shop"},
        "nodes": {node["unique_id"]: node for node in nodes},
        "sources": {
            "source.shop.web.orders": {
                "source_name": "web",
                "name": "orders",
                "description": "What the web shop sends.",
                "meta": {"files": ["orders*.csv"]},
            }
        },
        "exposures": {
            "exposure.shop.report": {
                "name": "report",
                "depends_on": {
                    "nodes": [
                        f"model.shop.{name}"
                        for name in ("fct_orders", "daily_orders", "reconciliation")
                    ]
                },
            }
        },
        "macros": {
            "macro.shop.cents": {
                "package_name": "shop",
                "name": "cents",
                "original_file_path": "macros/money/cents.sql",
                "macro_sql": "{% macro cents(amount, digits=round(1, 2)) %}…",
                "description": "An amount in cents.",
                "arguments": [
                    {"name": "amount", "description": "In euros."},
                    {"name": "digits", "description": "How many."},
                ],
            }
        },
    }


def changed(node: str, **changes: Any) -> dict[str, Any]:
    """The good project with one model changed."""
    manifest = good()
    manifest["nodes"][f"model.shop.{node}"] |= copy.deepcopy(changes)
    return manifest


def grown(*nodes: dict[str, Any]) -> dict[str, Any]:
    """The good project with more nodes."""
    manifest = good()
    manifest["nodes"] |= {node["unique_id"]: node for node in nodes}
    return manifest


def without(part: str, key: str) -> dict[str, Any]:
    """The good project with something missing."""
    manifest = good()
    del manifest[part][key]
    return manifest


def with_macro(**changes: Any) -> dict[str, Any]:
    """The good project with its macro changed."""
    manifest = good()
    manifest["macros"]["macro.shop.cents"] |= changes
    return manifest


def reading(*nodes: str) -> dict[str, Any]:
    """The good project with another exposure."""
    manifest = good()
    manifest["exposures"]["exposure.shop.other"] = {
        "name": "other",
        "depends_on": {"nodes": list(nodes)},
    }
    return manifest


def with_source(description: str) -> dict[str, Any]:
    """The good project with a source that nothing reads."""
    manifest = good()
    manifest["sources"]["source.shop.web.baskets"] = {
        "source_name": "web",
        "name": "baskets",
        "description": description,
        "meta": {},
    }
    return manifest


def chain(views: int) -> dict[str, Any]:
    """The good project with a mart on this many more views in a row."""
    parent, nodes = "int_orders", []
    for number in range(views):
        nodes.append(
            model(f"int_{number}", "intermediate/orders", f"model.shop.{parent}")
        )
        parent = f"int_{number}"
    return grown(*nodes)


STG, INT, FCT = "model.shop.stg_web__orders", "model.shop.int_orders", "fct_orders"
NO_KEY = {"order_key": {"name": "order_key", "description": "", "constraints": []}}
BAD: dict[str, list[dict[str, Any]]] = {
    "every_model_has_a_primary_key": [
        changed(FCT, columns=NO_KEY),
        without("nodes", "test.shop.primary_key_int_orders_order_key"),
        # a constraint that nobody enforces
        changed(FCT, contract={"enforced": False}),
        # the database keeps it: a test of that can't fail
        grown(data_test("primary_key", FCT, "order_key")),
        # a test of some rows proves nothing of the others
        grown(
            data_test("primary_key", "int_orders", "order_key", config={"where": "a"})
        ),
    ],
    "every_description_begins_with_the_grain": [
        changed("int_orders", description=""),
        changed(FCT, description="Orders, one row per order."),
    ],
    "public_columns_are_documented": [changed(FCT, columns=NO_KEY)],
    "public_marts_have_contracts": [changed(FCT, contract={"enforced": False})],
    "public_marts_have_an_owner": [
        changed(FCT, config={"materialized": "table", "meta": {}})
    ],
    "exposures_cover_every_public_mart": [without("exposures", "exposure.shop.report")],
    "exposures_read_public_marts_only": [reading(INT)],
    "only_staging_reads_sources": [
        changed("int_orders", depends_on={"nodes": [STG, "source.shop.web.orders"]})
    ],
    "a_staging_model_reads_one_source": [
        changed("stg_web__orders", depends_on={"nodes": ["seed.shop.colours"]}),
        changed("stg_web__orders", depends_on={"nodes": ["source.a", "source.b"]}),
        changed("stg_web__orders", depends_on={"nodes": ["source.a", INT]}),
    ],
    "a_source_has_one_staging_model": [
        with_source("Baskets."),
        grown(model("stg_web__again", "staging/web", "source.shop.web.orders")),
    ],
    "every_loaded_table_is_accounted_for": [
        changed(STAGED_ROWS, depends_on={"nodes": [INT]}),
        without("nodes", f"model.shop.{STAGED_ROWS}"),
        changed(RAW_ROWS, depends_on={"nodes": []}),
    ],
    "every_one_line_address_is_read": [
        changed(
            "stg_web__orders",
            columns=good()["nodes"][STG]["columns"] | {"full_address": {}},
        )
    ],
    "every_intermediate_model_is_read": [
        grown(model("int_orders__till", "intermediate/orders", STG)),
        changed("reconciliation", depends_on={"nodes": [INT]}),
    ],
    "sources_are_described": [with_source(" ")],
    "marts_stand_on_intermediate_models": [changed(FCT, depends_on={"nodes": [STG]})],
    "models_only_look_down": [
        changed("int_orders", depends_on={"nodes": ["model.shop.daily_orders"]})
    ],
    "every_model_has_a_parent": [changed("int_orders", depends_on={"nodes": []})],
    "names_follow_folders": [
        grown(model("web_orders", "staging/web")),
        grown(model("stg_shop__orders", "staging/web")),
        grown(model("stg_shop__orders", "staging/shop/orders")),
        grown(model("orders_by_day", "intermediate/orders")),
        grown(model("orders", "marts/core")),
        grown(model("int_orders_by_day", "marts/sales")),
        grown(model("int_orders_by_day", "intermediate")),
        grown(model("orders", "reports/sales")),
        changed(FCT, original_file_path="models/marts/core/orders.sql"),
    ],
    "no_long_chains_of_views": [chain(3)],
    "macros_are_documented": [
        with_macro(description=""),
        with_macro(arguments=[{"name": "amount", "description": "In euros."}]),
        with_macro(macro_sql="{%- macro cents(amount, digits=2, mode) -%}"),
        with_macro(macro_sql="{% macro cents(amount) %}"),
    ],
}


@pytest.mark.parametrize("name", manifest_rules.RULES)
def test_a_good_manifest_passes(name: str) -> None:
    assert not manifest_rules.RULES[name](good())


def test_a_chain_of_four_views_passes() -> None:
    assert not manifest_rules.no_long_chains_of_views(chain(2))


@pytest.mark.parametrize(
    ("name", "number"),
    [(name, i) for name in manifest_rules.RULES for i in range(len(BAD[name]))],
)
def test_a_bad_manifest_is_caught(name: str, number: int) -> None:
    assert manifest_rules.RULES[name](BAD[name][number])
