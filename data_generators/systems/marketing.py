"""The `marketing` tools: paid and owned touches, what they cost, e-mail events."""

from __future__ import annotations

import numpy as np

from data_generators.campaigns import CHANNELS, EMAIL
from data_generators.draws import Ints
from data_generators.faults import Faults
from data_generators.files import Columns, Table
from data_generators.pictures import Picture, RecordTruth
from data_generators.rows import (
    blank,
    dates,
    decimals,
    money,
    numbered,
    timestamps,
    vocabulary,
    whole,
)
from data_generators.sales import COMPLETED, NO_CAMPAIGN
from data_generators.web import (
    ALWAYS_ON,
    ALWAYS_ON_CAMPAIGN,
    Sessions,
    emails,
    mails,
    origins,
    seen_records,
    sessions,
    untidy,
    user_ids,
)
from data_generators.world import World, person_ids

BY_EMAIL = 0.35
"""Share of the touches that are known by e-mail; clicks in e-mails all are."""
BY_BOTH = 0.15
"""Share of those that carry the web site's id as well."""

_EVENTS = ("sent", "delivered", "bounce", "open", "click", "unsubscribe")
_DAY = 86_400


def picture(world: World) -> Picture:
    """Touches, daily spending that adds up to their cost, and e-mail events."""
    seen = world.once(sessions)
    paid = (seen.campaign != NO_CAMPAIGN) | (seen.origin == ALWAYS_ON)
    touched = seen.where(paid)
    cents = _costs(world, touched)
    touches, users = _touches(world, touched, cents)
    events, addresses = _email_events(world)
    return Picture(
        tables=[touches, _spend(world, touched, cents), events],
        records=[users, addresses],
        truths=[_campaigns(world, touched, cents), _holdouts(world)],
    )


def _costs(world: World, touched: Sessions) -> Ints:
    """What each click cost, in cents; clicks in e-mails cost nothing."""
    mean = np.array([*world.options.campaigns.click_cost])
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
    rates = world.rates.of("marketing")
    email = blank(emails(world, person, streams), ~by_email)
    written = untidy(email, rates, streams)
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
    mailings, fee = _mailings(world)
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


def _email_events(world: World) -> tuple[Table, RecordTruth]:
    streams, sent = world.streams.under("email_events"), world.once(mails)
    opened = 300 + streams("opened").exponential(len(sent)) * 5 * 3600
    opened = opened.astype(np.int64)
    parts = [
        (np.arange(len(sent)), 0),
        (np.flatnonzero(~sent.bounces), 5),
        (np.flatnonzero(sent.bounces), 7),
        (np.flatnonzero(sent.opens), opened),
        (np.flatnonzero(sent.clicks), opened + 40),
        (np.flatnonzero(sent.unsubscribes), opened + 90),
    ]
    mail = np.concatenate([rows for rows, _ in parts])
    kind = np.concatenate([np.full(len(rows), n) for n, (rows, _) in enumerate(parts)])
    later = np.concatenate(
        [np.broadcast_to(after, len(sent))[rows] for rows, after in parts]
    )
    seconds = sent.seconds[mail] + later
    in_time = np.lexsort((kind, mail, seconds))
    in_time = in_time[world.delivery(seconds[in_time]) <= world.days]
    mail, kind, seconds = mail[in_time], kind[in_time], seconds[in_time]
    rates = world.rates.of("marketing")
    # the tool knows people by the address that stands in the mailing list
    address = np.array(world.people.email[sent.person], dtype=np.bytes_)
    written = untidy(address, rates, streams)
    faults = Faults(len(mail), rates, streams)
    delivery = world.delivery(seconds)
    order = faults.repeated(np.arange(len(mail)), delivery)
    names = vocabulary(world.campaigns.name)

    def render(rows: Ints) -> Columns:
        event = order[rows]
        return [
            numbered("EV", event + 1, 9),
            written[mail[event]],
            names[sent.campaign[mail[event]]],
            faults.labels(event, _EVENTS, kind[event]),
            faults.moments(event, timestamps(seconds[event])),
        ]

    columns = ("event_id", "email", "campaign", "event_type", "event_at")
    person, first = np.unique(sent.person[mail], return_index=True)
    known = address[mail[first]]
    # couples may share an address: it is one record all the same
    _, one = np.unique(known, return_index=True)
    return (
        Table("marketing/email_events.csv", columns, delivery[order], render),
        RecordTruth("email_events", known[one], person[one], delivery[first][one]),
    )


def _mailings(world: World) -> tuple[Ints, int]:
    """The e-mail campaigns that have begun, and the fee of each in cents."""
    begun = world.delivery(world.campaigns.starts) <= world.days
    return (
        np.flatnonzero((world.campaigns.channel == EMAIL) & begun),
        round(world.options.campaigns.mailing_fee * 100),
    )


def _campaigns(world: World, touched: Sessions, cents: Ints) -> Table:
    """What each campaign brought that would not have been without it."""
    campaigns, count = world.campaigns, len(world.campaigns) + 1
    sales = world.delivered(world.sales)
    status = sales.status_at(world.delivered_until)
    caused = (sales.campaign != NO_CAMPAIGN) & (status == COMPLETED)
    orders = np.bincount(sales.campaign[caused], minlength=count)
    revenue = np.bincount(sales.campaign[caused], sales.cents[caused], minlength=count)
    campaign = np.where(touched.campaign == NO_CAMPAIGN, count - 1, touched.campaign)
    cost = np.bincount(campaign, cents, minlength=count)
    mailings, fee = _mailings(world)
    cost[mailings] += fee
    reached = world.reached
    known = world.delivery(reached.seconds) <= world.days
    of = reached.campaign[known]
    held_out = np.bincount(of[reached.held_out[known]], minlength=count)
    everyone = np.bincount(of, minlength=count)
    # the always-on ads run all the time and bring nobody
    starts = np.append(campaigns.starts, world.season.start)
    ends = np.append(
        campaigns.starts + (campaigns.days - 1) * _DAY, world.delivered_until - _DAY
    )
    lift = np.append(campaigns.lift, 0.0)
    names = vocabulary([*campaigns.name, ALWAYS_ON_CAMPAIGN])
    channels = vocabulary(CHANNELS)
    channel = np.append(campaigns.channel, CHANNELS.index("paid_search"))

    def tell(rows: Ints) -> Columns:
        return [
            names[rows],
            channels[channel[rows]],
            dates(starts[rows]),
            dates(ends[rows]),
            decimals(lift[rows]),
            whole((everyone - held_out)[rows]),
            whole(held_out[rows]),
            whole(orders[rows]),
            money(revenue[rows].astype(np.int64)),
            money(cost[rows].astype(np.int64)),
        ]

    columns = (
        "campaign",
        "channel",
        "starts_on",
        "ends_on",
        "chance_of_one_more_purchase",
        "reached",
        "held_out",
        "incremental_orders",
        "incremental_revenue",
        "cost",
    )
    return Table("campaigns.csv", columns, world.delivery(starts), tell)


def _holdouts(world: World) -> Table:
    """Who would have been reached by which campaign, had they not been held out."""
    held_out = np.flatnonzero(world.reached.held_out)
    campaign, person = world.reached.campaign[held_out], world.reached.person[held_out]
    seconds = world.reached.seconds[held_out]
    names = vocabulary(world.campaigns.name)
    return Table(
        "campaign_holdouts.csv",
        ("campaign", "person_id", "would_be_reached_at"),
        world.delivery(seconds),
        lambda rows: [
            names[campaign[rows]],
            person_ids(person[rows]),
            timestamps(seconds[rows]),
        ],
    )
