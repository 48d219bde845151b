"""`hubspot`: the contacts of the marketing department."""

from __future__ import annotations

from data_generators.pictures import Picture, record_truth, table_of_cards, type_cards
from data_generators.records import enrol
from data_generators.rows import as_words, whole
from data_generators.systems.salesforce import company_names
from data_generators.world import World


def picture(world: World) -> Picture:
    """Contacts."""
    records = enrol(world, "hubspot")
    cards = type_cards(
        world, "hubspot", records, ("name", "email", "phone"), at_work=True
    )
    ids = whole(50_000 + 17 * records.number)
    table = table_of_cards(
        "hubspot/contacts.csv",
        cards,
        {
            "contact_id": as_words(ids[cards.record]),
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
