"""What the models make of generated files, against the truth of the generators.

Records and persons first, then sales: none of any system lost, none counted twice.
"""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import networkx
import pandas as pd
import pytest
from dbt_workplace import Workplace
from rich.console import Console
from sold import ID, SELLING, read_truth

from customer360.identity import overrides
from customer360.identity.evaluate import pair_scores, record_scores
from customer360.identity.evidence import read_evidence
from customer360.identity.explain import (
    explain,
    explain_records,
    linkage_vars,
)
from customer360.identity.explanation import Explanation
from customer360.identity.explanation_text import print_explanation
from customer360.identity.linkage import in_millionths
from customer360.identity.truth import load_truth
from customer360.ingest import load_landing
from data_generators import generate
from data_generators.rates import read_rates
from data_generators.world import Options

# every amount can be read, and every twentieth sale comes once more
RATES = ["amount_unparseable=0", "transaction_resent=0.05"]
KEYS = ["customer_record_key", "customer_key"]
LISTED = [
    ("csv", "customers"),
    ("dealer", "customers"),
    ("dynamics", "contacts"),
    ("hubspot", "contacts"),
    ("insights", "purchases"),
    ("insights", "sessions"),
    ("retail", "customers"),
    ("salesforce", "contacts"),
    ("salesforce", "leads"),
    ("shop", "customers"),
    ("stripe", "customers"),
]
SEEN = [
    ("digital", "interactions"),
    ("digital", "ga4_users"),
    ("marketing", "touches"),
    ("marketing", "email_events"),
]
"""Records that no system keeps a list of: made of whoever was seen."""


def look_once_more(sessions: Path) -> None:
    """Give each session of the file another event, in a file of its own."""
    later = sessions.with_name("ga4_events_once_more.jsonl")
    with sessions.open() as given, later.open("w") as written:
        for line in given:
            event = json.loads(line)
            event |= {"event_timestamp": "2026-06-30T23:00:00Z", "page_views": 2}
            written.write(json.dumps(event) + "\n")


@pytest.fixture(scope="module")
def built(workplace: Workplace) -> Workplace:
    """A small world in files of years and of three more days, its people matched."""
    settings = workplace.settings
    generate(
        settings.landing_dir,
        workplace.folder / "truth",
        1500,
        until=date(2026, 6, 30),
        days=3,
        options=Options(rates=read_rates(RATES)),
    )
    look_once_more(settings.landing_dir / "digital" / "ga4_events.jsonl")
    load_landing(settings)
    load_truth(settings, workplace.folder / "truth" / "records.csv")
    workplace.dbt("build", "--exclude-resource-type", "test", "unit_test")
    return workplace


def truth(workplace: Workplace, file: str) -> pd.DataFrame:
    return pd.read_csv(workplace.folder / "truth" / file, dtype=str)


def records(table: pd.DataFrame, key: str) -> dict[tuple[str, str], list[str]]:
    """The ids of the records of each system and entity."""
    return table.groupby(["system", "entity"])[key].apply(sorted).to_dict()


def test_records_are_those_of_the_truth(built: Workplace) -> None:
    known = records(truth(built, "records.csv"), "record_id")
    found = records(
        built.table("intermediate.int_customer_records"), "source_record_id"
    )
    assert known.keys() == found.keys() == {*LISTED, *SEEN}
    wrong = {
        kind: sorted(set(known[kind]) ^ set(found[kind]))[:5] or "one twice"
        for kind in known
        if known[kind] != found[kind]
    }
    assert not wrong
    assert min(map(len, known.values())) >= 50


def test_matching_finds_what_identifiers_do_not(built: Workplace) -> None:
    persons = truth(built, "records.csv").rename(
        columns={"record_id": "source_record_id"}
    )
    resolved = (
        built.table("intermediate.int_customer_records")
        .merge(persons, on=["system", "entity", "source_record_id"])
        .merge(built.table("marts.bridge_customer_identities")[KEYS])
        .merge(
            built.table("intermediate.int_identity__components"),
            left_on="customer_record_key",
            right_on="node",
        )
    )
    assert len(resolved) == len(persons)
    linked = pair_scores(resolved["component"], resolved["person_id"])
    matched = pair_scores(resolved["customer_key"], resolved["person_id"])
    assert linked.precision is not None and linked.precision >= 0.99, linked
    assert matched.precision is not None and matched.precision >= 0.99, matched
    assert linked.recall is not None and matched.recall is not None
    # by the weights of the seed: nothing is fitted here
    assert matched.agreed_pairs >= linked.agreed_pairs + 20, (linked, matched)


def test_quality_in_the_warehouse_is_what_the_scores_are(built: Workplace) -> None:
    """SQL counts by groups what the definitions say of every pair and record."""
    persons = truth(built, "records.csv").rename(
        columns={"record_id": "source_record_id"}
    )
    scored = built.table("marts.bridge_customer_identities").merge(
        persons, on=["system", "entity", "source_record_id"]
    )
    quality = built.table("marts.identity_quality").set_index(["scope", "scope_value"])
    parts = {("all", "all"): scored} | {
        ("system", system): part for system, part in scored.groupby("system")
    }
    assert len(quality) == len(parts) + scored["rule"].nunique()
    for scope, part in parts.items():
        pairs = pair_scores(part["customer_key"], part["person_id"])
        company = record_scores(part["customer_key"], part["person_id"])
        found = quality.loc[scope]
        for name in ("records", "customers", "persons"):
            assert found[name] == getattr(pairs, name), (scope, name)
        for name in ("true_pairs", "linked_pairs", "agreed_pairs"):
            assert found[name] == getattr(pairs, name), (scope, name)
        for name in ("precision", "recall", "f1"):
            for of, exact in (("pair", pairs), ("bcubed", company)):
                share = getattr(exact, name)
                rounded = share if share is None else round(Decimal(float(share)), 6)
                assert found[f"{of}_{name}"] == rounded, (scope, of, name)
    of_rules = quality.loc["rule"][["records", "linked_pairs", "agreed_pairs"]].sum()
    assert (of_rules == quality.loc["all", "all"][of_rules.index]).all()


def test_every_merge_can_be_explained(built: Workplace) -> None:
    """What explain says holds each customer together, and adds up to the scores."""
    bridge = built.table("marts.bridge_customer_identities")
    linkage = linkage_vars(built.settings)
    found = explained(built)
    assert len(found.matches) >= 10
    means: dict[str, float] = {}
    for match in reversed(found.matches):
        for pair in match.pairs:
            assert abs(pair.parts.weight - pair.weight) <= 1e-9
        for profile, members in match.profiles.items():
            weights = [
                in_millionths(pair.weight, linkage.certain)
                for pair in match.pairs
                if profile in pair.profiles
            ]
            # of the first pass, where there was one
            means |= dict.fromkeys(members, sum(weights) / len(weights) / 1e6)
    linked = {(record, link.rule) for link in found.links for record in link.records}
    for told in bridge.query("rule != 'single'").itertuples():
        record = told.customer_record_key
        assert (record, told.rule) in linked or told.rule == "matched"
        assert told.score == pytest.approx(means.get(record), abs=1e-9)


def explained(built: Workplace) -> Explanation:
    """All customers at once, each held together by reasons, and by none to another."""
    customers = built.table("intermediate.int_identity__customers")
    records = customers.groupby("customer_key")["customer_record_key"].apply(sorted)
    with read_evidence(built.settings) as evidence:
        found = explain_records(
            evidence, evidence.customers(records.index), linkage_vars(built.settings)
        )
    together = networkx.Graph(list(held) for held, _ in found.reasons())
    together.add_nodes_from(customers["customer_record_key"])
    parts = map(sorted, networkx.connected_components(together))
    assert sorted(parts) == sorted(records)
    return found


def test_why_records_are_not_one_customer_can_be_explained(built: Workplace) -> None:
    bridge = built.table("marts.bridge_customer_identities")
    names = bridge.set_index("customer_record_key").apply(
        lambda row: f"{row['system']}:{row['entity']}:{row['source_record_id']}", axis=1
    )
    rejected = built.table("intermediate.int_identity__rejections").merge(
        bridge[KEYS].drop_duplicates("customer_key")
    )
    apart = rejected.groupby(["identifier_type", "identifier_value", "guard"])
    pairs = apart["customer_record_key"].unique()
    pairs = pairs[pairs.map(len) > 1].groupby("guard").head(2)
    assert {"stop_list", "contradicting_names"} <= set(pairs.index.unique("guard"))
    numbers = set()
    for (_, value, guard), (one, other, *_) in pairs.items():
        found = explain(built.settings, names[one], names[other])
        parted = found.parted
        assert parted
        (shared,) = [row for row in parted.shared if row["identifier_value"] == value]
        assert shared["reasons"], guard
        numbers.add(parted.number)
        if parted.mean is not None:
            assert parted.mean <= linkage_vars(built.settings).threshold
        elif parted.pair:
            assert parted.pair.weight < -1
        else:
            assert "never compared" in parted.reason
        assert parted.reason in json.dumps(found.as_json(), default=str)
        shown = " ".join(printed(found).split())
        assert parted.reason in shown and shared["reasons"][0] in shown
    assert numbers != {None}, "some were compared"


def test_an_explanation_can_be_read(built: Workplace) -> None:
    bridge = built.table("marts.bridge_customer_identities")
    matched = bridge[bridge["rule"] == "matched"].iloc[0]
    found = explain(built.settings, matched["customer_key"])
    told = json.loads(json.dumps(found.as_json(), default=str))
    assert told["customer_keys"] == [matched["customer_key"]]
    (pair, *_) = (pair for match in told["matches"] for pair in match["pairs"])
    terms = [term["weight"] + term["rarity"] for term in pair["terms"]]
    assert sum(terms) == pytest.approx(pair["weight"], abs=1e-9)

    shown = printed(found)
    assert matched["source_record_id"] in shown
    assert f"{pair['weight']:+.2f}" in shown
    assert "the weights of the seed" in shown

    # the whole way from one record to another is told
    one, other = (
        f"{row['system']}:{row['entity']}:{row['source_record_id']}"
        for row in (found.records[0], found.records[-1])
    )
    way = explain(built.settings, one, other).way
    assert way[0].startswith(f"{one} and ") and f" and {other}: " in way[-1]


def printed(found: Explanation) -> str:
    console = Console(file=io.StringIO(), width=200)
    print_explanation(found, console)
    return console.file.getvalue()


def test_whoever_was_seen_did_something(built: Workplace) -> None:
    """Each fact belongs to a record, and each of these records has a fact."""
    records = built.table("intermediate.int_customer_records")
    records = records.set_index("customer_record_key")[["system", "entity"]]
    facts = pd.concat(
        [
            built.table("intermediate.int_interactions"),
            built.table("intermediate.int_marketing_touches"),
        ]
    )
    keys = facts["customer_record_key"].dropna().unique()
    assert set(keys) <= set(records.index)
    acting = records.loc[keys].value_counts()
    everybody = records.value_counts()
    for kind in SEEN[1:]:
        assert acting[kind] == everybody[kind]
    # those who also gave the shop's id are the shop's
    assert 0 < acting["digital", "interactions"] < everybody["digital", "interactions"]


def test_a_session_is_one_visit_and_no_event_is_lost(built: Workplace) -> None:
    events = built.table("staging.stg_digital__ga4_events")
    found = built.table("intermediate.int_interactions").query("entity == 'ga4_events'")
    assert len(events) > 1.9 * len(found)
    assert found["source_interaction_id"].nunique() == len(found)
    assert len(found) == events["session_id"].nunique()
    assert found["page_views"].sum() == events["page_views"].sum()
    output = built.dbt("test", "--select", "reconciliation")
    assert "ERROR=0" in output


def test_campaigns_cost_what_they_cost(built: Workplace) -> None:
    known = truth(built, "campaigns.csv").set_index("campaign")["cost"].astype(float)
    spent = built.table("intermediate.int_campaign_costs")
    found = spent.groupby("campaign")["cost"].sum().astype(float)
    found = found.reindex(known.index, fill_value=0)
    pd.testing.assert_series_equal(found, known, check_names=False)
    assert set(known[known > 0].index) <= set(
        built.table("marts.dim_campaigns")["campaign_name"]
    )


def test_decisions_win_until_they_are_undone(built: Workplace) -> None:
    """They part and join one pair each, and take back what they did."""
    models = "stg_identity__overrides+,+int_identity__customers"
    names = built.table("marts.bridge_customer_identities").set_index(
        "customer_record_key"
    )
    before = names["customer_key"]
    linked = built.table("intermediate.int_identity__components").set_index("node")
    linked = linked["component"]

    def name(record: str) -> str:
        return ":".join(names.loc[record, ["system", "entity", "source_record_id"]])

    # two of one mailbox, two that only matching finds, and two strangers
    groups = linked.groupby(linked).groups
    [mailbox, *_] = (sorted(group) for group in groups.values() if len(group) >= 6)
    parts = linked.groupby(before[linked.index]).unique()
    [matched, *_] = (sorted(found) for found in parts if len(found) == 2)
    single = sorted(before[~before.duplicated(keep=False)].index)[:2]
    never = [(mailbox[0], mailbox[-1]), tuple(matched)]
    always = tuple(single)

    console = Console(quiet=True)
    for kind, pair in [("never", never[0]), ("never", never[1]), ("always", always)]:
        overrides.add(
            *(built.settings, kind, *map(name, pair)), reason="test", console=console
        )
    built.dbt("run", "--select", models)
    after = built.table("intermediate.int_identity__customers").set_index(
        "customer_record_key"
    )["customer_key"]
    assert all(after[one] != after[other] for one, other in never)
    assert after[always[0]] == after[always[1]]
    assert {row["kind"] for row in explained(built).overrides} == {"always", "never"}
    for pair in never:
        told = explain(built.settings, *map(name, pair))
        assert told.parted and told.parted.reason == "somebody has decided so"
    told = explain(built.settings, *map(name, always))
    assert told.way == (f"{' and '.join(map(name, always))}: linked by hand",)
    # of components only those that hold the pairs are other ones
    others = built.table("intermediate.int_identity__components").set_index("node")
    moved = linked.index[others["component"][linked.index] != linked]
    assert set(linked[moved]) == {linked[mailbox[0]], linked[max(always)]}

    for number in (1, 2, 3):
        overrides.undo(built.settings, number, console=console)
    built.dbt("run", "--select", models)
    again = built.table("intermediate.int_identity__customers").set_index(
        "customer_record_key"
    )["customer_key"]
    assert again[before.index].equals(before)


@pytest.fixture(scope="module")
def sold(built: Workplace) -> pd.DataFrame:
    """What was sold, by system and id."""
    return read_truth(built.folder / "truth" / "sales.csv")


@pytest.fixture(scope="module")
def found(built: Workplace) -> pd.DataFrame:
    """The transactions that dbt makes of the files, by system and id."""
    return built.table("intermediate.int_transactions").set_index(ID).sort_index()


def test_all_systems_that_sell_are_looked_at(
    sold: pd.DataFrame, found: pd.DataFrame
) -> None:
    for sales in (sold, found):
        assert sorted(set(sales.index.get_level_values("system"))) == SELLING


def test_every_sale_is_there_once(sold: pd.DataFrame, found: pd.DataFrame) -> None:
    assert sold.index.is_unique
    assert found.index.is_unique
    assert sold.index.difference(found.index).empty
    # whoever looks at the insights tool's pages without buying has a session too
    others = found.loc[found.index.difference(sold.index)]
    assert set(others.index.get_level_values("system")) == {"insights"}
    assert set(others["status"]) == {"abandoned"}


@pytest.mark.parametrize("system", SELLING)
def test_completed_net_revenue_is_the_true_one(
    sold: pd.DataFrame, found: pd.DataFrame, system: str
) -> None:
    told = sold.loc[system].query("status == 'completed'")
    completed = found.loc[system].query("status == 'completed'")
    assert len(told) > 20
    assert len(completed) == len(told)
    assert completed["net_amount"].notna().all()
    assert completed["net_amount"].sum() == told["worth"].sum()


@pytest.mark.parametrize("system", SELLING)
def test_every_sale_is_what_it_was(
    sold: pd.DataFrame, found: pd.DataFrame, system: str
) -> None:
    told = sold.loc[system]
    sales = found.loc[system].loc[told.index]
    assert (sales["status"] == told["status"]).all()
    assert (sales["currency"] == told["currency"]).all()
    assert (sales["charged_amount"] == told["amount"].map(Decimal)).all()
    refunded = told["status"] == "refunded"
    assert (sales["net_amount"][refunded] == 0).all()
    assert (sales["net_amount"][~refunded] == told["worth"][~refunded]).all()
