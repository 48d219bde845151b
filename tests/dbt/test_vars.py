"""A var that is mistyped is named, with what it may be, before anything runs; one that
is set to something else breaks no test of the project's own."""

from __future__ import annotations

import re

import pytest
import yaml
from dbt_workplace import PROJECT, Workplace

ANOTHER_COMPANYS = {
    "as_of_date": "2024-02-29",
    "default_country": "DE",
    "earliest_year": 2010,
    "fresh_within_days": 5,
    "join_key": "phone",
    "latest_year": 2050,
    "max_names_per_identifier": 3,
    "reporting_currency": "EUR",
    "rfm_segment_map": "vip",
    "secondary_join_keys": ["email"],
}


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


def test_with_another_value_of_every_var_all_tests_pass(workplace: Workplace) -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    assert ANOTHER_COMPANYS.keys() == project["vars"].keys()
    same = [
        name
        for name in ANOTHER_COMPANYS
        if ANOTHER_COMPANYS[name] == project["vars"][name]
    ]
    assert not same
    output = workplace.dbt("build", **ANOTHER_COMPANYS)
    assert re.search(r"PASS=\d+ WARN=0 ERROR=0 SKIP=0", output), output[-4000:]
