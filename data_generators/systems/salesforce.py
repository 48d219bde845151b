"""The `salesforce` CRM: contacts, leads and opportunities as JSON lines."""

from __future__ import annotations

import numpy as np

from data_generators.draws import Ints, Stream
from data_generators.files import Columns, Table, quoted, quoted_bytes
from data_generators.pictures import (
    Cards,
    Picture,
    lines,
    record_truth,
    table_of_cards,
    type_cards,
)
from data_generators.population import NONE, Population
from data_generators.records import Records, enrol
from data_generators.rows import (
    Bytes,
    as_words,
    blank,
    dates,
    money,
    scrambled,
    timestamps,
    vocabulary,
)
from data_generators.words import Words
from data_generators.world import World

CONVERTED = 0.5
"""Share of the leads who are contacts as well of which Salesforce knows it."""
OPPORTUNITIES = 0.4
"""Opportunities for each contact."""

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SOURCES = (
    ("Web", 34),
    ("Phone Inquiry", 16),
    ("Partner Referral", 12),
    ("Purchased List", 8),
    ("Trade Show", 10),
    ("Other", 8),
    ("", 12),
)
_CONTACT_STATES = (("Active", 78), ("Inactive", 14), ("Do Not Contact", 5), ("", 3))
_LEAD_STATES = (
    ("Open - Not Contacted", 40),
    ("Working - Contacted", 35),
    ("Closed - Not Converted", 25),
)
_STAGES = (
    ("Prospecting", 18),
    ("Qualification", 14),
    ("Proposal/Price Quote", 14),
    ("Negotiation/Review", 10),
    ("Closed Won", 24),
    ("Closed Lost", 20),
)


def ids(kind: str, numbers: Ints) -> Bytes:
    """Ids of 18 letters: the kind's prefix, and then as good as random."""
    prefix = {"contact": "0035e", "lead": "00Q5e", "opportunity": "0065e"}[kind]
    return scrambled(prefix, numbers, _ALPHABET, 13)


def moments(seconds: Ints) -> Bytes:
    """2024-03-05T14:02:11.000+0000."""
    return timestamps(seconds, "T", ".000+0000")


def picture(world: World) -> Picture:
    """Contacts, leads of whom some became contacts, and opportunities."""
    contacts = enrol(world, "salesforce")
    leads = enrol(
        world,
        "salesforce",
        members=world.member["salesforce_leads"],
        entity=".leads",
    )
    return Picture(
        tables=[
            _contacts(world, contacts),
            _leads(world, leads, contacts),
            _opportunities(world, contacts),
        ],
        records=[
            record_truth("contacts", ids("contact", contacts.number), world, contacts),
            record_truth("leads", ids("lead", leads.number), world, leads),
        ],
    )


def _of_record(
    stream: Stream, records: Records, choices: tuple[tuple[str, int], ...]
) -> Words:
    """A word for each record, as often as the weights say."""
    drawn = stream.choice(len(records), [weight for _, weight in choices])
    return np.array([word for word, _ in choices], dtype=object)[drawn]


def _contacts(world: World, records: Records) -> Table:
    cards = type_cards(world, "salesforce", records, at_work=True)
    record, streams = cards.record, cards.streams
    return table_of_cards(
        "salesforce/contacts.json",
        cards,
        {
            "Id": quoted(as_words(ids("contact", records.number[record]))),
            "Email": quoted(cards.text["email"]),
            "Phone": quoted(cards.text["phone"]),
            "FirstName": quoted(cards.text["first"]),
            "LastName": quoted(cards.text["last"]),
            "MailingAddress": _addresses(cards, streams("address_kind")),
            "CreatedDate": quoted(as_words(moments(records.seconds[record]))),
            "LastModifiedDate": quoted(as_words(moments(cards.seconds))),
            "LeadSource": quoted(
                _of_record(streams("source"), records, _SOURCES)[record]
            ),
            "Status": quoted(
                _of_record(streams("state"), records, _CONTACT_STATES)[record]
            ),
        },
        "jsonl",
    )


def _addresses(cards: Cards, stream: Stream) -> Words:
    """In one text, or as the object that the API gives."""
    text = quoted(lines(cards))
    rows = np.flatnonzero(stream.chance(len(cards), 0.3))
    parts = [quoted(cards.text[name][rows]) for name in ("address", "city", "country")]
    text[rows] = (
        '{"street": ' + parts[0] + ', "city": ' + parts[1] + ', "country": ' + parts[2]
    ) + "}"
    return text


def company_names(people: Population, person: Ints) -> Words:
    """Whom people work for, from the company's mail domain."""
    employed = people.company[person] != NONE
    names = np.full(len(person), "", dtype=object)
    rows = np.flatnonzero(employed)
    names[rows] = [
        address.partition("@")[2].partition(".")[0].replace("-", " ").title()
        for address in people.second_email[person[rows]]
    ]
    return names


def _leads(world: World, records: Records, contacts: Records) -> Table:
    cards = type_cards(world, "salesforce", records, entity=".leads", at_work=True)
    record, streams = cards.record, cards.streams
    # the contact that became of it, where the two were entered in that order
    first = np.searchsorted(contacts.person, records.person)
    there = first < len(contacts)
    first = np.where(there, first, 0)
    became = (
        there
        & (contacts.person[first] == records.person)
        & (contacts.seconds[first] >= records.seconds)
        & streams("converted").chance(len(records), CONVERTED)
    )
    # a row that is typed before the contact is does not know of it yet
    converted = (
        became[record] & (contacts.seconds[first[record]] <= cards.seconds)
        if len(contacts)
        else became[record]
    )
    state = _of_record(streams("state"), records, _LEAD_STATES)[record]
    state[converted] = "Closed - Converted"
    contact = blank(ids("contact", contacts.number[first[record]]), ~converted)
    return table_of_cards(
        "salesforce/leads.json",
        cards,
        {
            "Id": quoted(as_words(ids("lead", records.number[record]))),
            "Email": quoted(cards.text["email"]),
            "Phone": quoted(cards.text["phone"]),
            "FirstName": quoted(cards.text["first"]),
            "LastName": quoted(cards.text["last"]),
            "Company": quoted(company_names(world.people, records.person[record])),
            "Country": quoted(cards.text["country"]),
            "LeadSource": quoted(
                _of_record(streams("source"), records, _SOURCES)[record]
            ),
            "Status": quoted(state),
            "CreatedDate": quoted(as_words(moments(records.seconds[record]))),
            "LastModifiedDate": quoted(as_words(moments(cards.seconds))),
            "ConvertedContactId": quoted(as_words(contact)),
        },
        "jsonl",
    )


def _opportunities(world: World, contacts: Records) -> Table:
    streams = world.streams.under("salesforce.opportunities")
    real = np.flatnonzero(~contacts.is_test)
    count = int(len(real) * OPPORTUNITIES)
    contact = real[streams("contact").below(len(real), count)]
    left = world.season.horizon_end - contacts.seconds[contact]
    created = contacts.seconds[contact] + (
        streams("created").uniform(count) * np.maximum(left, 0)
    ).astype(np.int64)
    order = np.argsort(created, kind="stable")
    contact, created = contact[order], created[order]
    delivery = world.delivery(created)
    close = created + (20 + streams("close").below(100, count)) * 86_400
    stage = streams("stage").choice(count, [weight for _, weight in _STAGES])
    cents = (100 + streams("amount").gamma(count, 1.5) * 900).astype(np.int64) * 100
    products = world.products
    product = streams("product").below(len(products), count)
    campaign = streams("campaign").below(len(world.campaigns), count)
    # campaigns that were over or not yet begun brought nobody
    age = created - world.campaigns.starts[campaign]
    without = (age < 0) | (age > 60 * 86_400)
    stages = vocabulary([name for name, _ in _STAGES])
    names = vocabulary([f"{name} order" for name in products.name])
    campaigns = vocabulary(world.campaigns.name)

    def render(rows: Ints) -> Columns:
        return [
            quoted_bytes(ids("opportunity", rows + 1)),
            quoted_bytes(ids("contact", contacts.number[contact[rows]])),
            quoted_bytes(names[product[rows]]),
            quoted_bytes(stages[stage[rows]]),
            money(cents[rows]),
            quoted_bytes(dates(close[rows])),
            quoted_bytes(moments(created[rows])),
            quoted_bytes(blank(campaigns[campaign[rows]], without[rows])),
        ]

    columns = (
        "Id",
        "ContactId",
        "Name",
        "StageName",
        "Amount",
        "CloseDate",
        "CreatedDate",
        "Campaign",
    )
    return Table("salesforce/opportunities.json", columns, delivery, render, "jsonl")
