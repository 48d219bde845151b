"""What people do on the web site: the clicks that brought them, their sessions."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from data_generators.campaigns import EMAIL
from data_generators.draws import Bools, Ints, Streams
from data_generators.mess import MessRates
from data_generators.pictures import RecordTruth
from data_generators.rows import Bytes, compact, joined, numbered, vocabulary
from data_generators.sales import NO_CAMPAIGN, ONLINE
from data_generators.world import World

ORIGINS: tuple[tuple[str, str, float], ...] = (
    ("google", "organic", 38),
    ("(direct)", "(none)", 34),
    ("bing", "organic", 6),
    ("instagram", "social", 8),
    ("pricewatch.example", "referral", 6),
    ("google", "cpc", 8),
)
"""Source, medium and weight of sessions that no campaign brought."""

ALWAYS_ON = len(ORIGINS) - 1
"""The last of them is a paid one all the same: people who look for the shop by its
name click on its ad. It brings nobody who would not have come."""

ALWAYS_ON_CAMPAIGN = "Always-on Brand Search"

OPENS, CLICKS = 0.34, 0.16
"""Share of the delivered e-mails that are opened, and of those clicked on."""

BEFORE_PURCHASE = 0.7
"""Share of the web site's sales with a session on record."""
BROWSES = 1.2
"""Sessions beside those, for each user of the web site."""

_DAY = 86_400


@dataclass(frozen=True)
class Sessions:
    """Sessions in order of time; one entry each in every array."""

    person: Ints
    seconds: Ints
    campaign: Ints
    """The campaign clicked on, or `NO_CAMPAIGN`."""
    origin: Ints
    """Index into `ORIGINS`, for sessions without campaign."""
    buys: Bools

    def __len__(self) -> int:
        return len(self.person)

    def where(self, chosen: Bools | Ints) -> Sessions:
        """Some of them."""
        return Sessions(*(getattr(self, f.name)[chosen] for f in fields(self)))


@dataclass(frozen=True)
class Mails:
    """E-mails of campaigns that were sent, by campaign; one entry each."""

    person: Ints
    campaign: Ints
    seconds: Ints
    bounces: Bools
    opens: Bools
    clicks: Bools
    unsubscribes: Bools

    def __len__(self) -> int:
        return len(self.person)


def mails(world: World) -> Mails:
    """What became of every e-mail of a campaign."""
    streams, reached = world.streams.under("mails"), world.reached
    is_mail = world.campaigns.channel[reached.campaign] == EMAIL
    sent = np.flatnonzero(is_mail & ~reached.held_out)
    count = len(sent)
    bounces = streams("bounces").chance(count, 0.02)
    # some open everything, others nothing
    keen = streams("keen").uniform(len(world.people))[reached.person[sent]]
    leaves = reached.unsubscribes[sent]
    bounces &= ~leaves
    opens = ~bounces & streams("opens").chance(count, 2 * OPENS * keen)
    opens |= leaves
    clicks = opens & streams("clicks").chance(count, CLICKS)
    return Mails(
        person=reached.person[sent],
        campaign=reached.campaign[sent],
        seconds=reached.seconds[sent],
        bounces=bounces,
        opens=opens,
        clicks=clicks,
        unsubscribes=leaves,
    )


def sessions(world: World) -> Sessions:
    """All sessions of the web site's users that are delivered."""
    sent = world.once(mails)
    streams, reached = world.streams.under("sessions"), world.reached
    users = world.member["web"]
    ads = np.flatnonzero(
        ~reached.held_out & (world.campaigns.channel[reached.campaign] != EMAIL)
    )
    clicked = np.flatnonzero(sent.clicks & users[sent.person])
    read = 600 + streams("read").exponential(len(clicked)) * 6 * 3600
    sales = world.sales.of(ONLINE)
    buying = np.flatnonzero(
        users[sales.person] & streams("buying").chance(len(sales), BEFORE_PURCHASE)
    )
    user = np.flatnonzero(users & (world.joined < world.season.horizon_end))
    browsing = user[streams("browsing").below(len(user), round(len(user) * BROWSES))]
    browsed = world.sometime(browsing, streams("browsed"))
    person = np.concatenate(
        [
            reached.person[ads],
            sent.person[clicked],
            sales.person[buying],
            browsing,
        ]
    )
    seconds = np.concatenate(
        [
            reached.seconds[ads],
            sent.seconds[clicked] + read.astype(np.int64),
            sales.seconds[buying] - 60 - streams("looks").below(3000, len(buying)),
            browsed,
        ]
    )
    campaign = np.concatenate(
        [
            reached.campaign[ads],
            sent.campaign[clicked],
            np.full(len(buying) + len(browsing), NO_CAMPAIGN),
        ]
    )
    buys = np.zeros(len(person), dtype=bool)
    first = len(ads) + len(clicked)
    buys[first : first + len(buying)] = True
    order = np.lexsort((person, seconds))
    order = order[world.delivery(seconds[order]) <= world.days]
    weights = [weight for *_, weight in ORIGINS]
    return Sessions(
        person[order],
        seconds[order],
        campaign[order],
        streams("origin").choice(len(order), weights),
        buys[order],
    )


def user_ids(world: World, person: Ints, seconds: Ints) -> Bytes:
    """The web site's id of who is there: some have another one on a second device."""
    second = world.streams("web.second_device").chance(len(world.people), 0.12)
    other = second[person] & (seconds // 3600 % 3 == 0)
    return numbered("U", (person + 1) * 2 + other, 8)


def emails(world: World, person: Ints, streams: Streams) -> Bytes:
    """The e-mail that each of these people gives on the web: mostly the first."""
    people = world.people
    usual = world.streams("web.usual_email").chance(len(people), 0.12)
    other = usual[person] ^ streams("other_email").chance(len(person), 0.06)
    second = people.second_email[person]
    rows = np.flatnonzero(other & (second != ""))
    given = people.email[person]
    given[rows] = second[rows]
    return np.array(given, dtype=np.bytes_)


def untidy(column: Bytes, rates: MessRates, streams: Streams) -> Bytes:
    """E-mails as programs pass them on: some in capitals, some with a blank behind."""
    drawn = streams("untidy").uniform(len(column))
    shouted = drawn < rates.email_mixed_case
    padded = (drawn >= 1 - rates.email_padded) & (column != b"")
    column = np.where(shouted, np.char.upper(column), column)
    return np.where(padded, np.char.add(column, b" "), column)


def origins(world: World, campaign: Ints, origin: Ints) -> tuple[Bytes, Bytes, Bytes]:
    """Source, medium and campaign of sessions."""
    campaigns, count = world.campaigns, len(world.campaigns)
    sources = [campaigns.source(index) for index in range(count)]
    sources += [(source, medium) for source, medium, _ in ORIGINS]
    names = [*campaigns.name, *("" for _ in ORIGINS)]
    names[count + ALWAYS_ON] = ALWAYS_ON_CAMPAIGN
    which = np.where(campaign == NO_CAMPAIGN, count + origin, campaign)
    return (
        vocabulary([source for source, _ in sources])[which],
        vocabulary([medium for _, medium in sources])[which],
        vocabulary(names)[which],
    )


def seen_records(
    entity: str, ids: Bytes, email: Bytes, person: Ints, delivery: Ints
) -> RecordTruth:
    """The records that `<id>|<email>` of these rows make, each where first seen.

    A mailbox that two people share is the record of whoever was seen first.
    """
    key = compact(joined(ids, "|", email))
    _, first = np.unique(key, return_index=True)
    return RecordTruth(entity, key[first], person[first], delivery[first])
