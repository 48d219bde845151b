"""The `support` desk of the shop: its agents and what customers wrote about."""

from __future__ import annotations

import numpy as np

from data_generators.care import ISSUES, OUTCOMES
from data_generators.catalogue import make_staff
from data_generators.draws import Ints
from data_generators.files import Columns, Table
from data_generators.pictures import Picture
from data_generators.rows import as_words, numbered, timestamps, vocabulary
from data_generators.systems import shop
from data_generators.world import AGENTS, World

_DEPARTMENTS = ("Orders", "Billing", "Technical", "Returns")
_SHIFTS = ("Morning", "Evening", "Night")


def picture(world: World) -> Picture:
    """Agents and cases."""
    return Picture(tables=[_agents(world), _interactions(world)])


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


def _interactions(world: World) -> Table:
    cases, records = world.cases, shop.customers(world)
    # somebody may ask before having a record, and then has no number to give
    streams = world.streams.under("support.cases")
    rows = np.flatnonzero(world.delivery(cases.seconds) <= world.days)
    first = np.searchsorted(records.person, cases.person[rows])
    known = records.seconds[first] <= cases.seconds[rows]
    rows, first = rows[known], first[known]
    person, seconds = cases.person[rows], cases.seconds[rows]
    record = records.at(person, seconds, streams("record"))
    agent, issue, outcome = cases.agent[rows], cases.issue[rows], cases.outcome[rows]
    issues = vocabulary([name for name, _ in ISSUES])
    outcomes = vocabulary(OUTCOMES)

    def render(rows: Ints) -> Columns:
        return [
            numbered("I", rows + 1, 7),
            shop.customer_ids(records.number[record[rows]]),
            timestamps(seconds[rows]),
            numbered("A", agent[rows] + 1, 3),
            issues[issue[rows]],
            outcomes[outcome[rows]],
        ]

    columns = (
        "InteractionID",
        "CustomerID",
        "DateTime",
        "AgentID",
        "IssueType",
        "ResolutionStatus",
    )
    return Table(
        "support/CustomerServiceInteractions.csv",
        columns,
        world.delivery(seconds),
        render,
    )
