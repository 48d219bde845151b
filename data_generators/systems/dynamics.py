"""Microsoft `dynamics` 365: contacts as JSON lines."""

from __future__ import annotations

import numpy as np

from data_generators.draws import Ints
from data_generators.files import quoted
from data_generators.pictures import (
    Picture,
    lines,
    record_truth,
    table_of_cards,
    type_cards,
)
from data_generators.records import enrol
from data_generators.rows import Bytes, as_words, joined, scrambled, timestamps
from data_generators.world import World

_INACTIVE = 0.12


def contact_ids(numbers: Ints) -> Bytes:
    """GUIDs."""
    letters = scrambled("", numbers, "0123456789abcdef", 32)
    text = letters.view(np.uint8).reshape(-1, 32)
    parts, at = [], 0
    for size in (8, 4, 4, 4, 12):
        part = np.ascontiguousarray(text[:, at : at + size])
        parts += ["-", part.view(f"S{size}").ravel()]
        at += size
    return joined(*parts[1:])


def picture(world: World) -> Picture:
    """Contacts."""
    records = enrol(world, "dynamics")
    cards = type_cards(world, "dynamics", records, at_work=True)
    record, count, streams = cards.record, len(records), cards.streams
    code = np.array(["null", *map(str, range(1, 11))], dtype=object)
    source = streams("source").below(len(code), count)
    state = streams("state").chance(count, _INACTIVE).astype(np.int64)
    created = as_words(timestamps(records.seconds[record], "T", "Z"))
    ids = contact_ids(records.number)
    table = table_of_cards(
        "dynamics/contacts.json",
        cards,
        {
            "contactid": quoted(as_words(ids[record])),
            "emailaddress1": quoted(cards.text["email"]),
            "telephone1": quoted(cards.text["phone"]),
            "firstname": quoted(cards.text["first"]),
            "lastname": quoted(cards.text["last"]),
            "address1_line1": quoted(lines(cards)),
            "createdon": quoted(created),
            "modifiedon": quoted(as_words(timestamps(cards.seconds, "T", "Z"))),
            "leadsourcecode": code[source[record]],
            "statecode": np.array(["0", "1"], dtype=object)[state[record]],
        },
        "jsonl",
    )
    return Picture(
        tables=[table], records=[record_truth("contacts", ids, world, records)]
    )
