"""A var that is mistyped is named, with what it may be, before anything runs."""

from __future__ import annotations

import pytest
from dbt_workplace import Workplace


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "rfm_segment_map",
            "shopyfi",
            "rfm_segment_map takes standard, vip, shopify; not shopyfi",
        ),
        (
            "secondary_join_keys",
            ["phone", "fax"],
            "join_key and secondary_join_keys take email, phone; not fax",
        ),
        (
            "deduplication_strategy",
            "newest",
            "deduplication_strategy takes most_recent, merge, highest_value; not "
            "newest",
        ),
        (
            "default_country",
            "Germany",
            "default_country takes a country's two letters, such as US; not Germany",
        ),
    ],
)
def test_a_mistyped_var_is_named(
    workplace: Workplace, name: str, value: object, message: str
) -> None:
    output = workplace.dbt("parse", succeeds=False, **{name: value})
    assert message in output
    assert "Traceback" not in output
