"""The `digital` channels: interactions, and the events of Google Analytics 4."""

from __future__ import annotations

import numpy as np

from data_generators.draws import Ints, Streams
from data_generators.faults import Faults
from data_generators.files import Columns, Table, quoted_bytes
from data_generators.pictures import Picture, RecordTruth
from data_generators.rows import blank, numbered, timestamps, vocabulary, whole
from data_generators.sales import NO_CAMPAIGN
from data_generators.systems import shop
from data_generators.web import (
    emails,
    origins,
    seen_records,
    sessions,
    untidy,
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
TEXT_TIMES = 0.05
"""Share of the events whose time is text instead of microseconds."""

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


def _interactions(world: World) -> tuple[Table, RecordTruth]:
    streams, records = world.streams.under("interactions"), world.once(shop.customers)
    people = np.flatnonzero(world.member["shop"] | world.member["mailing"])
    count = round(len(people) * PER_PERSON)
    person = people[streams("person").below(len(people), count)]
    seconds = world.sometime(person, streams("when"))
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
    rates = world.rates.of("digital")
    email = blank(emails(world, person, streams), ~by_email)
    written = untidy(email, rates, streams)
    kind = streams("kind").choice(count, [weight for _, weight in _TYPES])
    kinds = [name for name, _ in _TYPES]
    faults = Faults(count, rates, streams)
    delivery = world.delivery(seconds)
    order = faults.repeated(np.arange(count), delivery)
    campaign = _running(world, seconds, streams)
    campaigns = np.append(vocabulary(world.campaigns.name), b"")

    def render(rows: Ints) -> Columns:
        row = order[rows]
        return [
            numbered("X", row + 1, 8),
            customer[row],
            written[row],
            faults.labels(row, kinds, kind[row]),
            faults.moments(row, timestamps(seconds[row])),
            campaigns[campaign[row]],
        ]

    columns = (
        "interaction_id",
        "customer_id",
        "email",
        "interaction_type",
        "interaction_date",
        "campaign",
    )
    rows = np.flatnonzero(by_email)
    return (
        Table("digital/interactions.csv", columns, delivery[order], render),
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
    seen = world.once(sessions)
    count, person = len(seen), seen.person
    user = blank(
        user_ids(world, person, seen.seconds),
        streams("no_cookie").chance(count, NO_COOKIE),
    )
    logged_in = streams("logged_in").chance(count, np.where(seen.buys, 0.9, LOGGED_IN))
    email = blank(emails(world, person, streams), ~logged_in)
    written = untidy(email, world.rates.of("digital"), streams)
    as_text = streams("as_text").chance(count, TEXT_TIMES)
    views = 1 + (streams("views").exponential(count) * 4).astype(np.int64)
    source, medium, campaign = origins(world, seen.campaign, seen.origin)

    def render(rows: Ints) -> Columns:
        return [
            quoted_bytes(user[rows]),
            quoted_bytes(written[rows]),
            quoted_bytes(numbered("GS", rows + 1, 9)),
            whole(views[rows]),
            np.where(
                as_text[rows],
                quoted_bytes(timestamps(seen.seconds[rows], "T", "Z")),
                whole(seen.seconds[rows] * 1_000_000, 18),
            ),
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
    delivery = world.delivery(seen.seconds)
    rows = np.flatnonzero((user != b"") | (email != b""))
    return (
        Table("digital/ga4_events.jsonl", columns, delivery, render, "jsonl"),
        seen_records(
            "ga4_users", user[rows], email[rows], person[rows], delivery[rows]
        ),
    )
