"""Campaigns and support do to people what their parameters say, and no more."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from data_generators.campaigns import EMAIL, CampaignEffect
from data_generators.care import ESCALATED, PENDING, RESOLVED, UNRESOLVED, SupportEffect
from data_generators.draws import Streams
from data_generators.purchases import STAYED
from data_generators.sales import NO_CAMPAIGN, ONLINE, STORE
from data_generators.season import Season
from data_generators.world import Options, World, make_world

ROWS = 60_000
FORTNIGHT = 14 * 86_400


def make(
    campaigns: CampaignEffect | None = None, support: SupportEffect | None = None
) -> World:
    return make_world(
        ROWS,
        Streams(11),
        Season(date(2026, 6, 30)),
        0,
        Options(
            campaigns=campaigns or CampaignEffect(),
            support=support or SupportEffect(case_per_sale=0.3),
        ),
    )


@pytest.fixture(scope="module")
def world() -> World:
    return make()


@pytest.fixture(scope="module")
def quiet() -> World:
    """The same people without campaigns and without anybody who complains."""
    return make(CampaignEffect(strength=0), SupportEffect(case_per_sale=0))


class TestSupport:
    @pytest.mark.parametrize(
        ("outcome", "chance"),
        [
            (RESOLVED, 0.0),
            (PENDING, 0.0),
            (ESCALATED, SupportEffect().leaves_if_escalated),
            (UNRESOLVED, SupportEffect().leaves_if_unresolved),
        ],
    )
    def test_makes_people_leave_at_its_rates(
        self, world: World, outcome: int, chance: float
    ) -> None:
        cases = world.cases
        could_leave = cases.about_sale & (
            cases.seconds < world.buyers.left[cases.person]
        )
        some = could_leave & (cases.outcome == outcome)
        assert some.sum() > 300
        # four standard errors
        error = 4 * np.sqrt(chance * (1 - chance) / some.sum())
        assert abs(cases.leaves[some].mean() - chance) <= error

    def test_ends_what_people_buy(self, world: World) -> None:
        cases, sales = world.cases, world.sales
        gone = world.gone[cases.person[cases.leaves]]
        assert (gone == cases.seconds[cases.leaves]).all()
        assert (sales.seconds <= world.gone[sales.person]).all()
        per_person = np.bincount(cases.person[cases.leaves])
        assert per_person.max() == 1

    def test_takes_away_exactly_what_the_truth_says(
        self, world: World, quiet: World
    ) -> None:
        bought = world.sales.campaign == NO_CAMPAIGN
        count = np.bincount(world.sales.person[bought], minlength=len(world.people))
        usual = np.bincount(quiet.sales.person, minlength=len(world.people))
        lost = np.bincount(
            world.cases.person,
            world.cases.orders_lost,
            minlength=len(world.people),
        )
        assert lost.sum() > 500
        assert (usual - count == lost).all()
        spent = world.sales.cents[bought].sum() + world.cases.cents_lost.sum()
        assert spent == quiet.sales.cents.sum()

    def test_shows_in_who_comes_back(self, world: World) -> None:
        """What somebody sees who knows nothing but cases and sales."""
        cases, sales = world.cases, world.sales
        last = np.zeros(len(world.people), dtype=np.int64)
        np.maximum.at(last, sales.person, sales.seconds)
        old = cases.about_sale & (
            cases.seconds < world.season.horizon_end - 365 * 86_400
        )
        back = last[cases.person] > cases.seconds
        rates = [
            back[old & (cases.outcome == outcome)].mean()
            for outcome in (RESOLVED, ESCALATED, UNRESOLVED)
        ]
        assert rates[0] > rates[1] + 0.02 > rates[2] + 0.05

    def test_is_about_sales_of_the_shop(self, world: World) -> None:
        cases = world.cases
        shop = np.isin(world.sales.outlet, (ONLINE, STORE))
        buyers = np.unique(world.sales.person[shop])
        assert np.isin(cases.person[cases.about_sale], buyers).all()
        assert (np.diff(cases.seconds) >= 0).all()
        assert not cases.leaves[~cases.about_sale].any()


class TestCampaigns:
    def test_hold_out_a_part_of_everybody(self, world: World) -> None:
        reached = world.reached
        assert reached.held_out.mean() == pytest.approx(
            world.options.campaigns.held_out, abs=0.005
        )

    def test_bring_what_the_held_out_do_not_buy(self, world: World) -> None:
        """Reached and held out differ by the effect, and by nothing else."""
        reached, sales = world.reached, world.sales
        horizon = world.season.horizon_end - FORTNIGHT
        span = world.season.horizon_end + 1
        when = np.sort(sales.person * span + sales.seconds)
        begin = reached.person * span + reached.seconds
        bought = np.searchsorted(when, begin + FORTNIGHT + 1) - np.searchsorted(
            when, begin
        )
        can_buy = world.buyers.buys[reached.person] & (
            world.gone[reached.person] > reached.seconds + FORTNIGHT
        )
        for strong in (True, False):
            lift = world.campaigns.lift[reached.campaign]
            chosen = can_buy & (reached.seconds < horizon)
            chosen &= (lift >= 0.08) if strong else (lift == 0)
            treated = chosen & ~reached.held_out
            control = chosen & reached.held_out
            assert control.sum() > 300
            difference = bought[treated].mean() - bought[control].mean()
            error = np.sqrt(
                bought[treated].var() / treated.sum()
                + bought[control].var() / control.sum()
            )
            assert abs(difference - lift[treated].mean()) < 4 * error
            if strong:
                assert difference > 8 * error

    def test_change_nothing_else(self, world: World, quiet: World) -> None:
        assert (quiet.sales.campaign == NO_CAMPAIGN).all()
        own = world.sales.where(world.sales.campaign == NO_CAMPAIGN)
        kept = quiet.sales.where(quiet.sales.seconds <= world.gone[quiet.sales.person])
        for name in ("person", "seconds", "outlet", "product"):
            assert (getattr(own, name) == getattr(kept, name)).all()

    def test_reach_those_they_are_for(self, world: World) -> None:
        reached, campaigns = world.reached, world.campaigns
        by_mail = campaigns.channel[reached.campaign] == EMAIL
        assert world.member["mailing"][reached.person[by_mail]].all()
        assert world.member["web"][reached.person[~by_mail]].all()
        assert (world.joined[reached.person] < campaigns.starts[reached.campaign]).all()
        caused = world.sales.where(world.sales.campaign != NO_CAMPAIGN)
        after = caused.seconds - campaigns.starts[caused.campaign]
        assert after.min() > 0 and after.max() < 36 * 86_400


def test_most_people_stay_for_a_while(world: World) -> None:
    assert 0.2 < (world.gone < STAYED).mean() < 0.5
