"""The `marketing` tools: paid and owned touches, what they cost, e-mail events."""

from __future__ import annotations

import numpy as np

from data_generators.campaigns import CHANNELS, EMAIL
from data_generators.draws import Ints, Streams
from data_generators.files import Columns, Table
from data_generators.pictures import Picture, RecordTruth
from data_generators.rows import (
    blank,
    dates,
    money,
    numbered,
    timestamps,
    vocabulary,
)
from data_generators.sales import NO_CAMPAIGN
from data_generators.systems.digital import emails, origins, seen_records, untidy
from data_generators.web import (
    ALWAYS_ON,
    ALWAYS_ON_CAMPAIGN,
    Mails,
    Sessions,
    make_mails,
    make_sessions,
    user_ids,
)
from data_generators.world import World

BY_EMAIL = 0.35
"""Share of the touches that are known by e-mail; clicks in e-mails all are."""
BY_BOTH = 0.15
"""Share of those that carry the web site's id as well."""

_EVENTS = ("sent", "delivered", "bounce", "open", "click", "unsubscribe")
_DAY = 86_400


def picture(world: World) -> Picture:
    """Touches, daily spending that adds up to their cost, and e-mail events."""
    mails = make_mails(world)
    sessions = make_sessions(world, mails)
    paid = (sessions.campaign != NO_CAMPAIGN) | (sessions.origin == ALWAYS_ON)
    touched = sessions.where(paid)
    cents = _costs(world, touched)
    touches, users = _touches(world, touched, cents)
    events, addresses = _email_events(world, mails)
    return Picture(
        tables=[touches, _spend(world, touched, cents), events],
        records=[users, addresses],
    )


def _costs(world: World, touched: Sessions) -> Ints:
    """What each click cost, in cents; clicks in e-mails cost nothing."""
    mean = np.array([*world.campaign_effect.click_cost])
    channel = world.campaigns.channel[touched.campaign]
    paid_search = CHANNELS.index("paid_search")
    channel = np.where(touched.campaign == NO_CAMPAIGN, paid_search, channel)
    drawn = 0.3 + 0.7 * world.streams("touch.cost").exponential(len(touched))
    return np.rint(mean[channel] * drawn * 100).astype(np.int64)


def _touches(world: World, touched: Sessions, cents: Ints) -> tuple[Table, RecordTruth]:
    streams, count = world.streams.under("touches"), len(touched)
    person, seconds = touched.person, touched.seconds
    in_mail = (touched.campaign != NO_CAMPAIGN) & (
        world.campaigns.channel[touched.campaign] == EMAIL
    )
    by_email = in_mail | streams("by_email").chance(count, BY_EMAIL)
    by_id = ~by_email | streams("by_both").chance(count, BY_BOTH)
    user = blank(user_ids(world, person, seconds), ~by_id)
    email = blank(emails(world, person), ~by_email)
    written = untidy(email, streams)
    source, medium, campaign = origins(world, touched.campaign, touched.origin)
    # an ad's click comes a moment before the session it begins
    clicked = seconds - 1 - streams("moment").below(20, count)

    def render(rows: Ints) -> Columns:
        return [
            user[rows],
            written[rows],
            source[rows],
            medium[rows],
            campaign[rows],
            timestamps(clicked[rows]),
            money(cents[rows]),
        ]

    columns = ("user_id", "email", "source", "medium", "campaign", "timestamp", "cost")
    delivery = world.delivery(seconds)
    return (
        Table("marketing/touches.csv", columns, delivery, render),
        seen_records("touches", user, email, person, delivery),
    )


def _spend(world: World, touched: Sessions, cents: Ints) -> Table:
    """What each campaign cost on each day: its clicks, and the fee of a mailing."""
    campaigns = world.campaigns
    count = len(campaigns)
    campaign = np.where(touched.campaign == NO_CAMPAIGN, count, touched.campaign)
    day = touched.seconds // _DAY
    fee = round(world.campaign_effect.mailing_fee * 100)
    mailings = np.flatnonzero(
        (campaigns.channel == EMAIL) & (world.delivery(campaigns.starts) <= world.days)
    )
    campaign = np.concatenate([campaign, mailings])
    day = np.concatenate([day, campaigns.starts[mailings] // _DAY])
    cents = np.concatenate([cents, np.full(len(mailings), fee)])
    span = count + 1
    key, place = np.unique(day * span + campaign, return_inverse=True)
    total = np.bincount(place, weights=cents).astype(np.int64)
    key, total = key[total > 0], total[total > 0]
    names = vocabulary([*campaigns.name, ALWAYS_ON_CAMPAIGN])
    channels = vocabulary(CHANNELS)
    channel = np.append(campaigns.channel, CHANNELS.index("paid_search"))

    def render(rows: Ints) -> Columns:
        which = key[rows] % span
        return [
            names[which],
            dates(key[rows] // span * _DAY),
            channels[channel[which]],
            money(total[rows]),
        ]

    return Table(
        "marketing/campaign_spend.csv",
        ("campaign", "date", "channel", "spend"),
        world.delivery(key // span * _DAY),
        render,
    )


def _email_events(world: World, mails: Mails) -> tuple[Table, RecordTruth]:
    streams: Streams = world.streams.under("email_events")
    everyone = np.arange(len(mails))
    opened = 300 + streams("opened").exponential(len(mails)) * 5 * 3600
    opened = opened.astype(np.int64)
    parts = [
        (0, everyone, 0),
        (1, np.flatnonzero(~mails.bounces), 5),
        (2, np.flatnonzero(mails.bounces), 7),
        (3, np.flatnonzero(mails.opens), opened),
        (4, np.flatnonzero(mails.clicks), opened + 40),
        (5, np.flatnonzero(mails.unsubscribes), opened + 90),
    ]
    mail = np.concatenate([rows for _, rows, _ in parts])
    kind = np.concatenate([np.full(len(rows), kind) for kind, rows, _ in parts])
    later = np.concatenate(
        [np.broadcast_to(after, len(mails))[rows] for _, rows, after in parts]
    )
    seconds = mails.seconds[mail] + later
    order = np.lexsort((kind, mail, seconds))
    order = order[world.delivery(seconds[order]) <= world.days]
    mail, kind, seconds = mail[order], kind[order], seconds[order]
    address = emails(world, mails.person)
    written = untidy(address, streams)
    names, events = vocabulary(world.campaigns.name), vocabulary(_EVENTS)

    def render(rows: Ints) -> Columns:
        return [
            numbered("EV", rows + 1, 9),
            written[mail[rows]],
            names[mails.campaign[mail[rows]]],
            events[kind[rows]],
            timestamps(seconds[rows]),
        ]

    delivery = world.delivery(seconds)
    columns = ("event_id", "email", "campaign", "event_type", "event_at")
    # whoever was sent anything is known by the address it was sent to
    person, first = np.unique(mails.person[mail], return_index=True)
    known = address[mail[first]]
    _, one = np.unique(known, return_index=True)
    return (
        Table("marketing/email_events.csv", columns, delivery, render),
        RecordTruth("email_events", known[one], person[one], delivery[first][one]),
    )
