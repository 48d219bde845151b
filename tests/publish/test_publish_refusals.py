"""What cannot be published, and how that is said."""

from __future__ import annotations

import pytest

from customer360 import warehouse
from customer360.errors import UserError
from customer360.publish import publish

from .manifests import add_column, edit_manifest


def test_a_key_that_is_not_one_is_refused_without_quoting_anybody(shop):
    publish(shop.settings)
    shop.execute(
        "create table marts.without_key as table marts.customer_360; "
        "drop table marts.customer_360; "
        "alter table marts.without_key rename to customer_360"
    )
    shop.execute(
        "insert into marts.customer_360 (customer_key, name) "
        "values ('k-1-k', 'Private Person'), ('k-1-k', 'Private Person')"
    )
    with pytest.raises(UserError) as refusal:
        publish(shop.settings)
    assert "primary key of customer_360" in str(refusal.value)
    assert "Private" not in str(refusal.value) and "k-1-k" not in str(refusal.value)
    assert len(shop.rows("select * from published.customer_360")) == 6


def test_a_contract_that_was_changed_after_the_build_is_refused(shop):
    edit_manifest(shop, lambda nodes: add_column(nodes, "customer_360", "city", 2))
    with pytest.raises(UserError, match=r"contract of customer_360 has changed"):
        publish(shop.settings)


def test_a_mart_that_was_dropped_by_hand_is_refused(shop):
    shop.execute("drop table marts.segment_summary")
    with pytest.raises(UserError, match=r"marts\.segment_summary is not there"):
        publish(shop.settings)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda mart: mart.update(constraints=[]), "declares no primary key"),
        (lambda mart: mart["config"].update(contract=None), "no enforced contract"),
        (lambda mart: mart.update(columns={}), "no enforced contract"),
        (lambda mart: mart.update(alias="Customer 360"), "snake_case"),
        (lambda mart: mart.update(alias="publication_x"), "snake_case"),
        (lambda mart: mart.update(alias="segment_summary"), "Two public models"),
    ],
)
def test_a_model_that_cannot_be_published_is_named(shop, change, message):
    edit_manifest(shop, lambda nodes: change(nodes["model.shop.customer_360"]))
    with pytest.raises(UserError, match=message):
        publish(shop.settings)


def test_a_project_without_marts_drops_nothing(shop):
    publish(shop.settings)
    edit_manifest(shop, lambda nodes: nodes.clear())
    with pytest.raises(UserError, match="no model with access: public"):
        publish(shop.settings)
    assert len(shop.rows("select * from published.customer_360")) == 6


@pytest.mark.parametrize("content", [None, "", "{}", "[1]", '{"nodes": {"a": {}}}'])
def test_a_missing_or_broken_manifest_is_one_clear_line(shop, content):
    path = shop.target / "manifest.json"
    path.unlink()
    if content is not None:
        path.write_text(content)
    with pytest.raises(UserError, match=r"customer360 dbt build") as refusal:
        publish(shop.settings)
    assert "\n" not in str(refusal.value)


def test_two_runs_at_once_are_refused(shop):
    with (
        warehouse.connect(shop.settings, "transformer", autocommit=True) as other,
        pytest.raises(UserError, match="Another run"),
    ):
        other.execute("select pg_advisory_lock(3600002)")
        publish(shop.settings)
