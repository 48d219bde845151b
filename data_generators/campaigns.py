"""Campaigns: whom they reach, what they cost, and what they bring on top.

A part of every audience is held out at random. Whoever is reached may buy once
more than without the campaign, with a known chance: those purchases are the
campaign's incremental ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data_generators.draws import Bools, Floats, Ints, Streams
from data_generators.purchases import Buyers, PurchaseProcess, Purchases, amounts
from data_generators.season import Season

_DAY = 86_400

EMAIL, PAID_SEARCH, PAID_SOCIAL, DISPLAY, AFFILIATE = range(5)
CHANNELS = ("email", "paid_search", "paid_social", "display", "affiliate")

_SOURCES: tuple[tuple[str, str], ...] = (
    ("newsletter", "email"),
    ("google", "cpc"),
    ("facebook", "paid_social"),
    ("criteo", "display"),
    ("awin", "affiliate"),
)
"""Source and medium that a click on each channel carries."""

# month, name, channel, chance of one more purchase
_YEAR: tuple[tuple[int, str, int, float], ...] = (
    (1, "New Year Offers", EMAIL, 0.04),
    (2, "Brand Search Q1", PAID_SEARCH, 0.0),
    (3, "Spring Sale", EMAIL, 0.06),
    (4, "Social Prospecting", PAID_SOCIAL, 0.10),
    (5, "Newsletter May", EMAIL, 0.0),
    (6, "Summer Display", DISPLAY, 0.03),
    (7, "Summer Sale", EMAIL, 0.08),
    (8, "Generic Search", PAID_SEARCH, 0.15),
    (9, "Back to School", EMAIL, 0.05),
    (10, "Partner Deals", AFFILIATE, 0.20),
    (11, "Black Friday", EMAIL, 0.12),
    (12, "Holiday Gifts", PAID_SOCIAL, 0.12),
)


@dataclass(frozen=True)
class CampaignEffect:
    """How campaigns work; the chance of one more purchase stands with each."""

    strength: float = 1.0
    """Multiplies that chance for all of them."""
    held_out: float = 0.2
    """Share of every audience that is not reached."""
    mailing_audience: float = 0.35
    """Share of the mailing list that an e-mail campaign is for."""
    clicking_audience: float = 0.10
    """Share of the web site's users who click on an ad, or would."""
    delay_days: float = 4.0
    """Mean time from being reached to the purchase; nothing after 14 days."""
    unsubscribes: float = 0.004
    """Share of the e-mails whose reader leaves the mailing list: later campaigns
    neither reach them nor hold them out."""
    mailing_fee: float = 40.0
    """Dollars for an e-mail campaign, on its first day."""
    click_cost: tuple[float, ...] = (0.0, 0.9, 0.6, 0.25, 0.4)
    """Mean dollars of a click, by channel."""


@dataclass(frozen=True)
class Campaigns:
    """All campaigns in order of time; one entry each in every array."""

    name: tuple[str, ...]
    channel: Ints
    starts: Ints
    days: Ints
    lift: Floats
    """Chance of one more purchase for whoever is reached."""

    def __len__(self) -> int:
        return len(self.name)

    def source(self, index: int) -> tuple[str, str]:
        """Source and medium of its clicks."""
        return _SOURCES[self.channel[index]]


@dataclass(frozen=True)
class Reached:
    """Whom the campaigns were for, by campaign; one entry a person each."""

    campaign: Ints
    person: Ints
    seconds: Ints
    """When the e-mail was sent or the ad clicked, or would have been."""
    held_out: Bools
    unsubscribes: Bools
    """The e-mail is the last one: the person leaves the mailing list."""

    def __len__(self) -> int:
        return len(self.campaign)


def make_campaigns(season: Season, effect: CampaignEffect) -> Campaigns:
    """The year's campaigns, every year from the first day to the horizon."""
    first = season.first_day.year
    planned = []
    for year in range(first, first + 5):
        for month, name, channel, lift in _YEAR:
            day = 22 if name == "Black Friday" else 6
            starts = int(
                np.datetime64(f"{year}-{month:02d}-{day:02d}", "s").astype(int)
            )
            days = 1 if channel == EMAIL else 21
            if season.start <= starts < season.horizon_end:
                planned.append((starts, f"{name} {year}", channel, days, lift))
    planned.sort()
    return Campaigns(
        name=tuple(name for _, name, _, _, _ in planned),
        channel=np.array([channel for _, _, channel, _, _ in planned], dtype=np.int64),
        starts=np.array([starts for starts, *_ in planned], dtype=np.int64),
        days=np.array([days for *_, days, _ in planned], dtype=np.int64),
        lift=np.array([lift for *_, lift in planned]) * effect.strength,
    )


def reach(
    campaigns: Campaigns,
    mailable: Bools,
    browsing: Bools,
    joined: Ints,
    streams: Streams,
    effect: CampaignEffect,
) -> Reached:
    """Everybody whom a campaign reaches, or would were they not held out."""
    found: list[tuple[Ints | Bools, ...]] = []
    listed = mailable.copy()
    for index in range(len(campaigns)):
        draws = streams.under(f"campaign.{index}")
        start, days = int(campaigns.starts[index]), int(campaigns.days[index])
        is_email = campaigns.channel[index] == EMAIL
        share = effect.mailing_audience if is_email else effect.clicking_audience
        audience = listed if is_email else browsing
        person = np.flatnonzero(
            audience & (joined < start) & draws("audience").chance(len(joined), share)
        )
        count = len(person)
        if is_email:
            at = start + 9 * 3600 + draws("at").below(3600, count)
        else:
            at = start + draws("at").below(days * _DAY, count)
        held_out = draws("held_out").chance(count, effect.held_out)
        leaves = draws("unsubscribes").chance(count, effect.unsubscribes)
        leaves &= is_email & ~held_out
        listed[person[leaves]] = False
        found.append((np.full(count, index), person, at, held_out, leaves))
    if not found:
        nothing = np.empty(0, dtype=np.int64)
        return Reached(nothing, nothing, nothing, nothing > 0, nothing > 0)
    return Reached(*(np.concatenate(column) for column in zip(*found, strict=True)))


def extra_purchases(
    campaigns: Campaigns,
    reached: Reached,
    buyers: Buyers,
    can_buy: Bools,
    gone: Ints,
    horizon: int,
    streams: Streams,
    process: PurchaseProcess,
    effect: CampaignEffect,
) -> tuple[Purchases, Ints]:
    """Purchases that would not be without a campaign, and which campaign it was.

    Only people who buy at all and have not left make them; they change nothing
    else about what these people do.
    """
    buys = ~reached.held_out & streams("campaign.buys").chance(
        len(reached), campaigns.lift[reached.campaign]
    )
    wait = streams("campaign.wait").exponential(len(reached)) * effect.delay_days
    when = reached.seconds + (np.minimum(wait, 14.0) * _DAY).astype(np.int64)
    buys &= can_buy[reached.person] & (when < gone[reached.person]) & (when < horizon)
    rows = np.flatnonzero(buys)
    rows = rows[np.argsort(when[rows], kind="stable")]
    person = reached.person[rows]
    cents = amounts(buyers.spend[person], streams("campaign.spend"), process)
    return Purchases(person, when[rows], cents), reached.campaign[rows]
