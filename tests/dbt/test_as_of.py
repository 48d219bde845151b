"""Figures of orders that can be added up elsewhere, as of two days.

RFM scores are held to a published table that was made with thresholds: a customer's
score is one more than the number of quintiles (numpy's and R's default, type 7) that
their value exceeds; for recency, fewer days are better. We rank: the score is one
more than the number of fifths that the share of customers below them, `percent_rank`,
reaches. With n customers the k-th quintile lies between the two values at place
h = k (n - 1) / 5, counted from 0, and a value exceeds it when at least h customers are
below it. So both give one score, but where h is a whole number and the value at that
very place is the first of its kind: it equals the quintile, which it does not exceed,
while exactly h customers are below it. Then ours is the greater by one.

Both give equal customers equal scores. The other reading of thresholds, that it is
enough to *reach* the quintile, gives more whenever equal values lie across it, as
order counts do: 600 of the 995 published customers have another F.
"""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest
from dbt_workplace import Workplace
from orders import PUBLISHED_ORDERS, calendar_cohorts, orders, quintile_scores, sales

ORDERS = orders()
AT_THE_END = ORDERS["date"].max()
# a day with an order: the last event, when nothing later is on file
EARLIER = ORDERS["date"].sort_values().iloc[len(ORDERS) * 2 // 3]

OF_A_DAY = [
    *("clv_carry_over", "cohort_retention", "customer_360", "customer_clv"),
    *("customer_health", "customer_rfm", "customer_sales", "fct_orders"),
    *("fct_transactions", "freshness", "rfm_segment_summary"),
    *("fct_interactions", "fct_loyalty_points", "fct_support_cases", "fct_touches"),
]
EVENTS = {
    "fct_interactions": "interaction_date",
    "fct_loyalty_points": "movement_date",
    "fct_support_cases": "opened_date",
    "fct_touches": "touch_date",
}
"""The marts that keep a later row and say that it has not happened, and its day."""
WHATEVER_THE_DAY = [
    *("bridge_customer_identities", "customer_key_history", "dim_agents"),
    *("dim_campaigns", "dim_customers"),
    *("dim_products", "dim_stores", "dim_vehicles"),
    # of all that was loaded
    *("data_quality_score", "golden_record_provenance", "identity_quality"),
    *("identity_rejections", "identity_review"),
    *("load_summary", "reconciliation"),
]

PUBLISHED = {
    "Abbey O'Reilly": "343",
    "Add Senger": "412",
    "Aden Lesch": "323",
    "Aden Murphy": "544",
    "Admiral Senger": "433",
}
published = pytest.mark.skipif(
    not PUBLISHED_ORDERS.exists(), reason="rfm/orders.csv is not in C360_TEST_DATA"
)


@dataclasses.dataclass(frozen=True)
class AsOf:
    """The marts as of a day."""

    day: pd.Timestamp
    marts: dict[str, pd.DataFrame]

    def by_name(self, mart: str) -> pd.DataFrame:
        """A mart with one row per customer, by the customer's name in the file."""
        names = self.marts["bridge_customer_identities"].set_index("customer_key")
        found = self.marts[mart].set_index("customer_key")
        assert found.index.isin(names.index).all()
        by_name = names["source_record_id"][found.index].astype(str)
        return found.set_index(by_name).sort_index()


@dataclasses.dataclass(frozen=True)
class Built:
    """What dbt built, one after the other."""

    on_the_day: AsOf
    """The earlier day, with nothing later on file and no date given."""
    at_the_end: AsOf
    """The last day, with everything on file and no date given."""
    earlier: AsOf


def load_until(workplace: Workplace, day: pd.Timestamp) -> None:
    """Load the orders up to that day, who made them, and one event with each."""
    past = ORDERS[ORDERS["date"] <= day]
    buyers = past.groupby("customer").agg({"email": "first", "date": "min"})
    workplace.load(
        customers=(
            (name, *name.split(" ", 1), email, *[""] * 4, since.date())
            for name, email, since in buyers.itertuples()
        ),
        transactions=(
            (number, name, day.date(), amount, "online", "completed")
            for number, name, day, amount, _ in past.itertuples()
        ),
        others={
            "digital/interactions.csv": (
                "interaction_id,customer_id,email,interaction_type,"
                "interaction_date,campaign",
                (
                    (number, "", "", "SOCIAL", day.date(), "Sale")
                    for number, day in past["date"].items()
                ),
            ),
            "loyalty/LoyaltyTransactions.csv": (
                "LoyaltyID,DateTime,PointsChange,Reason",
                (
                    (number, day.date(), 1, "Purchase")
                    for number, day in past["date"].items()
                ),
            ),
            "marketing/touches.csv": (
                "user_id,email,source,medium,campaign,timestamp,cost",
                (
                    ("", "", "google", "cpc", "Sale", day.date(), 1)
                    for day in past["date"]
                ),
            ),
            "support/CustomerServiceInteractions.csv": (
                "InteractionID,CustomerID,DateTime,AgentID,IssueType,ResolutionStatus",
                (
                    (number, "", day.date(), "", "Delivery", "Resolved")
                    for number, day in past["date"].items()
                ),
            ),
        },
    )


def marts_as_of(workplace: Workplace, day: pd.Timestamp) -> AsOf:
    marts = workplace.table("pg_tables").query("schemaname == 'marts'")["tablename"]
    return AsOf(day, {name: workplace.table(f"marts.{name}") for name in marts})


@pytest.fixture(scope="module")
def built(workplace: Workplace) -> Built:
    load_until(workplace, EARLIER)
    workplace.dbt("build", "--exclude-resource-type", "test", "unit_test")
    on_the_day = marts_as_of(workplace, EARLIER)
    load_until(workplace, AT_THE_END)
    workplace.dbt("run")
    at_the_end = marts_as_of(workplace, AT_THE_END)
    workplace.dbt(
        *("run", "--select", "int_as_of_date+"), as_of_date=f"{EARLIER:%Y-%m-%d}"
    )
    return Built(on_the_day, at_the_end, marts_as_of(workplace, EARLIER))


@pytest.fixture(params=["earlier", "at_the_end"])
def as_of(request: pytest.FixtureRequest, built: Built) -> AsOf:
    return getattr(built, request.param)


def test_every_mart_is_of_a_day_or_none(built: Built) -> None:
    assert sorted(built.at_the_end.marts) == sorted(OF_A_DAY + WHATEVER_THE_DAY)


@pytest.mark.parametrize("mart", OF_A_DAY)
def test_the_day_moves_every_figure_and_the_future_none(
    built: Built, mart: str
) -> None:
    earlier = built.earlier.marts[mart]
    if mart in EVENTS:
        earlier = earlier[earlier["has_happened"]]
    elif "order_date" in earlier:
        earlier = earlier[earlier["order_date"] <= EARLIER.date()]
    pd.testing.assert_frame_equal(
        earlier.reset_index(drop=True), built.on_the_day.marts[mart]
    )
    assert not built.earlier.marts[mart].equals(built.at_the_end.marts[mart])


def test_sales_are_those_up_to_that_day(as_of: AsOf) -> None:
    wanted = sales(ORDERS, as_of.day)
    found = as_of.by_name("customer_sales")
    assert set(found["as_of_date"]) == {as_of.day.date()}
    dates = ["first_order_date", "last_order_date"]
    found[dates] = found[dates].apply(pd.to_datetime)
    # who has bought nothing yet is no customer yet
    pd.testing.assert_frame_equal(
        found[wanted.columns].astype(wanted.dtypes), wanted, check_names=False
    )


def test_cohorts_end_that_day(as_of: AsOf) -> None:
    cohorts = as_of.marts["cohort_retention"].query("period_type == 'calendar'")
    found = {
        (f"{row.cohort_month:%Y-%m}", row.period_number): row.active_customers
        for row in cohorts.itertuples()
    }
    seen = {key: active for key, active in found.items() if pd.notna(active)}
    assert {key: n for key, n in seen.items() if n} == calendar_cohorts(
        ORDERS, as_of.day
    )
    assert seen.keys() == {
        (month, period)
        for month, period in found
        if pd.Period(month, "M") + period <= as_of.day.to_period("M")
    }


def test_later_orders_are_kept_and_count_for_nothing(as_of: AsOf) -> None:
    transactions = as_of.marts["fct_transactions"]
    is_later = transactions["order_date"] > as_of.day.date()
    assert len(transactions) == len(ORDERS)
    assert is_later.sum() == (ORDERS["date"] > as_of.day).sum()
    assert (transactions["is_revenue"] == ~is_later).all()
    assert (transactions["revenue"][is_later] == 0).all()


@pytest.mark.parametrize(("mart", "date"), EVENTS.items())
def test_later_events_are_kept_and_have_not_happened(
    as_of: AsOf, mart: str, date: str
) -> None:
    events = as_of.marts[mart]
    is_later = events[date] > as_of.day.date()
    assert len(events) == len(ORDERS)
    assert is_later.sum() == (ORDERS["date"] > as_of.day).sum()
    assert (events["has_happened"] == ~is_later).all()


@published
def test_rfm_scores_are_the_published_ones(built: Built) -> None:
    scores = built.at_the_end.by_name("customer_rfm")["rfm_score"]
    assert len(scores) == 995
    assert scores[list(PUBLISHED)].to_dict() == PUBLISHED


def test_rfm_scores_are_those_by_thresholds(as_of: AsOf) -> None:
    wanted = sales(ORDERS, as_of.day)
    # no k (n - 1) / 5 is a whole number
    assert (len(wanted) - 1) % 5
    scores = (
        quintile_scores(-wanted["days_since_last_order"]).astype(str)
        + quintile_scores(wanted["orders"]).astype(str)
        + quintile_scores(wanted["revenue"]).astype(str)
    )
    found = as_of.by_name("customer_rfm")["rfm_score"]
    pd.testing.assert_series_equal(
        found.astype(scores.dtype), scores, check_names=False
    )


@published
def test_reaching_a_threshold_is_another_score() -> None:
    counts = sales(ORDERS, AT_THE_END)["orders"]
    more = quintile_scores(counts, reaching=True) - quintile_scores(counts)
    assert more.value_counts().to_dict() == {0: 395, 1: 600}
