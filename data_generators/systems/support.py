"""The `support` desk of the shop: its agents and what customers wrote about."""

from __future__ import annotations

import numpy as np

from data_generators.care import ISSUES, OUTCOMES
from data_generators.catalogue import make_staff
from data_generators.draws import Ints
from data_generators.faults import Faults
from data_generators.files import Columns, Table
from data_generators.pictures import Picture
from data_generators.rows import (
    Bytes,
    as_words,
    money,
    numbered,
    timestamps,
    vocabulary,
    whole,
)
from data_generators.systems import shop
from data_generators.world import AGENTS, World, person_ids

_DEPARTMENTS = ("Orders", "Billing", "Technical", "Returns")
_SHIFTS = ("Morning", "Evening", "Night")


def picture(world: World) -> Picture:
    """Agents and cases, and in the truth what each case did."""
    interactions, truth = _interactions(world)
    return Picture(tables=[_agents(world), interactions], truths=[truth])


def _agents(world: World) -> Table:
    ids = as_words(numbered("A", np.arange(AGENTS) + 1, 3))
    names = make_staff(AGENTS, world.streams.under("support"))
    departments = np.array(_DEPARTMENTS, dtype=object)
    shifts = np.array(_SHIFTS, dtype=object)
    return Table(
        "support/Agents.csv",
        ("AgentID", "Name", "Department", "Shift"),
        np.zeros(AGENTS, dtype=np.int64),
        lambda rows: [
            ids[rows],
            names[rows],
            departments[rows % len(departments)],
            shifts[rows % len(shifts)],
        ],
    )


def _interactions(world: World) -> tuple[Table, Table]:
    cases, records = world.cases, world.once(shop.customers)
    streams = world.streams.under("support.cases")
    # somebody may ask before having a record, and then has no number to give
    rows = np.flatnonzero(world.delivery(cases.seconds) <= world.days)
    first = np.searchsorted(records.person, cases.person[rows])
    rows = rows[records.seconds[first] <= cases.seconds[rows]]
    person, seconds = cases.person[rows], cases.seconds[rows]
    record = records.at(person, seconds, streams("record"))
    agent, issue, outcome = cases.agent[rows], cases.issue[rows], cases.outcome[rows]
    faults = Faults(len(rows), world.rates.of("support"), streams)
    delivery = world.delivery(seconds)
    order = faults.repeated(np.arange(len(rows)), delivery)
    issues = [name for name, _ in ISSUES]

    def render(rows: Ints) -> Columns:
        case = order[rows]
        customer = shop.customer_ids(records.number[record[case]])
        return [
            _case_ids(case),
            faults.customers(case, customer, shop.UNKNOWN),
            faults.moments(case, timestamps(seconds[case])),
            numbered("A", agent[case] + 1, 3),
            faults.labels(case, issues, issue[case]),
            faults.labels(case, OUTCOMES, outcome[case]),
        ]

    columns = (
        "InteractionID",
        "CustomerID",
        "DateTime",
        "AgentID",
        "IssueType",
        "ResolutionStatus",
    )
    yes_no = vocabulary(("false", "true"))
    words = vocabulary(OUTCOMES)

    def tell(cases_: Ints) -> Columns:
        case = rows[cases_]
        return [
            _case_ids(cases_),
            person_ids(person[cases_]),
            timestamps(seconds[cases_]),
            words[outcome[cases_]],
            yes_no[cases.about_sale[case].astype(np.int64)],
            yes_no[cases.leaves[case].astype(np.int64)],
            whole(cases.orders_lost[case]),
            money(cases.cents_lost[case]),
        ]

    truth_columns = (
        "interaction_id",
        "person_id",
        "opened_at",
        "resolution_status",
        "is_about_a_sale",
        "made_the_person_leave",
        "orders_lost",
        "amount_lost",
    )
    return (
        Table(
            "support/CustomerServiceInteractions.csv", columns, delivery[order], render
        ),
        Table("support_cases.csv", truth_columns, delivery, tell),
    )


def _case_ids(cases: Ints) -> Bytes:
    return numbered("I", cases + 1, 7)
