"""The `digital` channels: interactions, and the events of Google Analytics 4."""

from __future__ import annotations

import numpy as np

from data_generators.draws import Ints, Streams
from data_generators.files import Columns, Table, quoted_bytes
from data_generators.pictures import Picture, RecordTruth
from data_generators.rows import (
    Bytes,
    blank,
    compact,
    joined,
    numbered,
    timestamps,
    vocabulary,
    whole,
)
from data_generators.sales import NO_CAMPAIGN
from data_generators.systems import shop
from data_generators.web import (
    ALWAYS_ON,
    ALWAYS_ON_CAMPAIGN,
    ORIGINS,
    make_mails,
    make_sessions,
    user_ids,
)
from data_generators.world import World

PER_PERSON = 1.5
"""Interactions for each customer of the shop and reader of its e-mails."""
KNOWN_BY_ID = 0.6
"""Share of the shop's customers' interactions with their customer id."""
KNOWN_BY_EMAIL = 0.55
"""Share of all interactions with an e-mail; those without id all have one."""
LOGGED_IN = 0.45
"""Share of the sessions with an e-mail; of those that buy almost all."""
NO_COOKIE = 0.06
"""Share of the sessions without the web site's id."""
UNTIDY = 0.1
"""Share of the e-mails in capitals or with blanks around."""

_TYPES = (
    ("WEBSITE_VISIT", 40),
    ("APP_SESSION", 22),
    ("EMAIL_OPEN", 18),
    ("EMAIL_CLICK", 6),
    ("SOCIAL", 9),
    ("STORE_CHECKIN", 5),
)


def picture(world: World) -> Picture:
    """Interactions and events, and whom their ids and e-mails belong to."""
    interactions, seen = _interactions(world)
    events, users = _events(world)
    return Picture(tables=[interactions, events], records=[seen, users])


def emails(world: World, person: Ints) -> Bytes:
    """The first e-mail address of people, in small letters."""
    return np.array(world.people.email[person], dtype=np.bytes_)


def untidy(column: Bytes, streams: Streams) -> Bytes:
    """E-mails as programs pass them on: some in capitals, some with blanks."""
    drawn = streams("untidy").uniform(len(column))
    column = np.where(drawn < UNTIDY / 2, np.char.upper(column), column)
    padded = (drawn > 1 - UNTIDY / 2) & (column != b"")
    return np.where(padded, np.char.add(column, b" "), column)


def seen_records(
    entity: str, ids: Bytes, email: Bytes, person: Ints, delivery: Ints
) -> RecordTruth:
    """The records that `<id>|<email>` of these rows make, each where first seen.

    A mailbox that two people share is the record of whoever was seen first.
    """
    key = compact(joined(ids, "|", email))
    _, first = np.unique(key, return_index=True)
    return RecordTruth(entity, key[first], person[first], delivery[first])


def _interactions(world: World) -> tuple[Table, RecordTruth]:
    streams, records = world.streams.under("interactions"), shop.customers(world)
    horizon = world.season.horizon_end
    known = world.member["shop"] | world.member["mailing"]
    people = np.flatnonzero(known & (world.joined < horizon))
    count = round(len(people) * PER_PERSON)
    person = people[streams("person").below(len(people), count)]
    seconds = world.joined[person] + (
        streams("when").uniform(count) * (horizon - world.joined[person])
    ).astype(np.int64)
    order = np.lexsort((person, seconds))
    order = order[world.delivery(seconds[order]) <= world.days]
    person, seconds = person[order], seconds[order]
    count = len(person)

    first = np.minimum(np.searchsorted(records.person, person), len(records) - 1)
    has_id = (records.person[first] == person) & (records.seconds[first] <= seconds)
    by_id = has_id & streams("by_id").chance(count, KNOWN_BY_ID)
    by_email = ~by_id | streams("by_email").chance(count, KNOWN_BY_EMAIL / 2)
    record = np.full(count, 0)
    record[by_id] = records.at(person[by_id], seconds[by_id], streams("record"))
    customer = blank(shop.customer_ids(records.number[record]), ~by_id)
    email = blank(emails(world, person), ~by_email)
    written = untidy(email, streams)
    kind = streams("kind").choice(count, [weight for _, weight in _TYPES])
    kinds = vocabulary([name for name, _ in _TYPES])
    campaign = _running(world, seconds, streams)
    campaigns = np.append(vocabulary(world.campaigns.name), b"")

    def render(rows: Ints) -> Columns:
        return [
            numbered("X", rows + 1, 8),
            customer[rows],
            written[rows],
            kinds[kind[rows]],
            timestamps(seconds[rows]),
            campaigns[campaign[rows]],
        ]

    columns = (
        "interaction_id",
        "customer_id",
        "email",
        "interaction_type",
        "interaction_date",
        "campaign",
    )
    delivery = world.delivery(seconds)
    rows = np.flatnonzero(by_email)
    return (
        Table("digital/interactions.csv", columns, delivery, render),
        seen_records(
            "interactions", customer[rows], email[rows], person[rows], delivery[rows]
        ),
    )


def _running(world: World, seconds: Ints, streams: Streams) -> Ints:
    """A campaign that ran not long before, for some; `NO_CAMPAIGN` for others."""
    starts = world.campaigns.starts
    last = np.searchsorted(starts, seconds, side="right") - 1
    recent = (last >= 0) & (seconds - starts[last] < 10 * 86_400)
    named = recent & streams("named").chance(len(seconds), 0.4)
    return np.where(named, last, NO_CAMPAIGN)


def _events(world: World) -> tuple[Table, RecordTruth]:
    streams = world.streams.under("ga4")
    mails = make_mails(world)
    sessions = make_sessions(world, mails)
    count, person = len(sessions), sessions.person
    user = blank(
        user_ids(world, person, sessions.seconds),
        streams("no_cookie").chance(count, NO_COOKIE),
    )
    logged_in = streams("logged_in").chance(
        count, np.where(sessions.buys, 0.9, LOGGED_IN)
    )
    email = blank(emails(world, person), ~logged_in)
    written = untidy(email, streams)
    views = 1 + (streams("views").exponential(count) * 4).astype(np.int64)
    source, medium, campaign = origins(world, sessions.campaign, sessions.origin)

    def render(rows: Ints) -> Columns:
        return [
            quoted_bytes(user[rows]),
            quoted_bytes(written[rows]),
            quoted_bytes(numbered("GS", rows + 1, 9)),
            whole(views[rows]),
            whole(sessions.seconds[rows] * 1_000_000, 18),
            quoted_bytes(source[rows]),
            quoted_bytes(medium[rows]),
            quoted_bytes(campaign[rows]),
        ]

    columns = (
        "user_id",
        "email",
        "session_id",
        "page_views",
        "event_timestamp",
        "source",
        "medium",
        "campaign",
    )
    delivery = world.delivery(sessions.seconds)
    rows = np.flatnonzero((user != b"") | (email != b""))
    return (
        Table("digital/ga4_events.jsonl", columns, delivery, render, "jsonl"),
        seen_records(
            "ga4_users", user[rows], email[rows], person[rows], delivery[rows]
        ),
    )


def origins(world: World, campaign: Ints, origin: Ints) -> tuple[Bytes, Bytes, Bytes]:
    """Source, medium and campaign of sessions."""
    campaigns = world.campaigns
    count = len(campaigns)
    named = [campaigns.source(index) for index in range(count)]
    sources = vocabulary([*(s for s, _ in named), *(s for s, _, _ in ORIGINS)])
    mediums = vocabulary([*(m for _, m in named), *(m for _, m, _ in ORIGINS)])
    names = vocabulary(
        [
            *campaigns.name,
            *(
                ALWAYS_ON_CAMPAIGN if index == ALWAYS_ON else ""
                for index in range(len(ORIGINS))
            ),
        ]
    )
    which = np.where(campaign == NO_CAMPAIGN, count + origin, campaign)
    return sources[which], mediums[which], names[which]
