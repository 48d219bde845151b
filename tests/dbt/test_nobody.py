"""Before the first file has come, and with matching on, which is the default."""

from __future__ import annotations

from dbt_workplace import Workplace


def test_nobody_is_matched_where_there_is_nobody(workplace: Workplace) -> None:
    workplace.dbt(
        *("build", "--exclude-resource-type", "test", "unit_test"),
        *("--select", "+identity_review", "+bridge_customer_identities"),
    )
    assert workplace.table("marts.identity_review").empty
    assert workplace.table("marts.bridge_customer_identities").empty
