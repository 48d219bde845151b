"""What customers complain about, how it ends, and who leaves because of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data_generators.draws import Bools, Floats, Ints, Streams
from data_generators.purchases import STAYED
from data_generators.sales import ONLINE, STORE, Sales
from data_generators.season import Season

OUTCOMES = ("Resolved", "Escalated", "Unresolved", "Pending")
RESOLVED, ESCALATED, UNRESOLVED, PENDING = range(4)

ISSUES: tuple[tuple[str, float], ...] = (
    ("Delivery", 28),
    ("Product Quality", 20),
    ("Refund", 16),
    ("Billing", 14),
    ("Account", 10),
    ("Order Change", 8),
    ("Other", 4),
)

_DAY = 86_400


@dataclass(frozen=True)
class SupportEffect:
    """How often there are cases, how they end and what that does."""

    case_per_sale: float = 0.06
    """Share of the shop's sales, online and in its stores, that end in a case."""
    case_wait_days: float = 4.0
    """Mean time from the sale to the case."""
    questions: float = 0.12
    """Cases about no sale, for each customer of the shop: nobody leaves for one."""
    resolved: float = 0.70
    escalated: float = 0.12
    unresolved: float = 0.16
    """The rest is pending."""
    agent_spread: float = 0.15
    """The best agent resolves so much more, and the worst so much less, than the
    average one."""
    leaves_if_escalated: float = 0.12
    leaves_if_unresolved: float = 0.30
    """Chance that the case makes the customer leave for good, on top of the
    chances of the purchase process. Resolved and pending cases change nothing."""


@dataclass(frozen=True)
class Cases:
    """Support cases in order of time; one entry each in every array."""

    person: Ints
    seconds: Ints
    agent: Ints
    issue: Ints
    outcome: Ints
    about_sale: Bools
    """Only such a case can make the person leave."""
    leaves: Bools
    """The case made the person leave."""
    orders_lost: Ints
    cents_lost: Ints
    """What the person would have bought afterwards, up to the horizon."""

    def __len__(self) -> int:
        return len(self.person)


def support(
    sales: Sales,
    shoppers: Bools,
    joined: Floats,
    left: Ints,
    season: Season,
    agents: int,
    streams: Streams,
    effect: SupportEffect,
) -> tuple[Sales, Cases, Ints]:
    """The sales that remain, the cases, and when each person left after all.

    `joined` is in operational weeks; `left` says when people leave anyway. Who
    leaves because of a case buys nothing afterwards: those sales are taken out and
    counted with the case.
    """
    shop = np.flatnonzero(np.isin(sales.outlet, (ONLINE, STORE)))
    about = shop[streams("case.sale").chance(len(shop), effect.case_per_sale)]
    wait = streams("case.wait").exponential(len(about)) * effect.case_wait_days * _DAY
    asking = np.flatnonzero(
        shoppers & streams("case.question").chance(len(shoppers), effect.questions)
    )
    asked = season.sometime(joined[asking], streams("case.asked"))
    person = np.concatenate([sales.person[about], asking])
    seconds = np.concatenate([sales.seconds[about] + wait.astype(np.int64), asked])
    is_sale = np.arange(len(person)) < len(about)
    order = np.lexsort((person, seconds))
    order = order[seconds[order] < season.horizon_end]
    person, seconds, is_sale = person[order], seconds[order], is_sale[order]

    count = len(person)
    agent = streams("case.agent").below(agents, count)
    skill = effect.agent_spread * (2 * streams("agent.skill").uniform(agents) - 1)
    outcome = _outcomes(streams("case.outcome").uniform(count), skill[agent], effect)
    chance = np.zeros(count)
    chance[outcome == ESCALATED] = effect.leaves_if_escalated
    chance[outcome == UNRESOLVED] = effect.leaves_if_unresolved
    leaves = is_sale & streams("case.leaves").chance(count, chance)
    leaves &= seconds < left[person]
    rows = np.flatnonzero(leaves)[::-1]
    caused = np.full(len(left), STAYED, dtype=np.int64)
    # backwards in time, so that each person's first one is what stays
    caused[person[rows]] = seconds[rows]
    leaves &= seconds == caused[person]
    gone = np.minimum(left, caused)

    lost = sales.seconds > gone[sales.person]
    lost_orders = np.bincount(sales.person[lost], minlength=len(left))
    lost_cents = np.bincount(
        sales.person[lost], weights=sales.cents[lost], minlength=len(left)
    ).astype(np.int64)
    stays = seconds <= caused[person]
    return (
        sales.where(~lost),
        Cases(
            person=person[stays],
            seconds=seconds[stays],
            agent=agent[stays],
            issue=streams("case.issue").choice(count, [w for _, w in ISSUES])[stays],
            outcome=outcome[stays],
            about_sale=is_sale[stays],
            leaves=leaves[stays],
            orders_lost=np.where(leaves, lost_orders[person], 0)[stays],
            cents_lost=np.where(leaves, lost_cents[person], 0)[stays],
        ),
        gone,
    )


def _outcomes(draw: Floats, better: Floats, effect: SupportEffect) -> Ints:
    resolved = effect.resolved + better
    rest = (1 - resolved) / (1 - effect.resolved)
    escalated = resolved + effect.escalated * rest
    unresolved = escalated + effect.unresolved * rest
    outcome = np.full(len(draw), PENDING, dtype=np.int64)
    outcome[draw < unresolved] = UNRESOLVED
    outcome[draw < escalated] = ESCALATED
    outcome[draw < resolved] = RESOLVED
    return outcome
