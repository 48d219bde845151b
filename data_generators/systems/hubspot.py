"""`hubspot`: the contacts of the marketing department."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from data_generators.pictures import Picture, record_truth, table_of_cards, type_cards
from data_generators.records import enrol
from data_generators.rows import as_words, whole
from data_generators.systems.salesforce import company_names
from data_generators.world import World

MESS = {
    "email_null": 0.0,
    "phone_null": 0.45,
    "first_name_null": 0.06,
    "last_name_null": 0.10,
    "lower_case": 0.10,
}
"""Forms of the web site, in which only the e-mail must be filled in."""

DUPLICATES = 0.05
_HORIZON = 2**61


def picture(world: World) -> Picture:
    """Contacts."""
    streams = world.streams.under("hubspot")
    records = enrol(
        world.members("hubspot"),
        world.joined,
        np.full(len(world.people), _HORIZON),
        world.season.horizon_end,
        world.is_tester("hubspot"),
        DUPLICATES,
        streams,
    )
    cards = type_cards(
        world,
        records,
        streams.under("contacts"),
        replace(world.rates, **MESS),
        ("name", "email", "phone"),
        at_work=True,
    )
    ids = as_words(whole(50_000 + 17 * records.number))
    table = table_of_cards(
        "hubspot/contacts.csv",
        cards,
        {
            "contact_id": ids[cards.record],
            "email": cards.text["email"],
            "first_name": cards.text["first"],
            "last_name": cards.text["last"],
            "phone": cards.text["phone"],
            "company": company_names(world.people, records.person[cards.record]),
        },
    )
    return Picture(
        tables=[table], records=[record_truth("contacts", ids, world, records)]
    )
