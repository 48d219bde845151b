"""Everybody's e-mail addresses, no two of which reach the same mailbox."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from data_generators.countries import COUNTRIES, WORLD_DOMAINS
from data_generators.draws import Ints, Streams
from data_generators.words import Words, without_accents, word_pools

_NOWHERE = -1
_COMPANY_TRADES = (
    "logistics",
    "consulting",
    "systems",
    "foods",
    "media",
    "partners",
    "labs",
    "motors",
)


def make_mailboxes(
    country: Ints,
    given: Ints,
    surname: Ints,
    company: Ints,
    streams: Streams,
    second_email: float,
    taken: Words,
) -> tuple[Words, Words]:
    """First and second e-mail addresses, no two of which reach the same mailbox.

    None of them reaches one of `taken` either. `company` is -1 for people without
    one; whoever has one has its mailbox as the second, and `second_email` of the
    others have a second.
    """
    count = len(country)
    private, provider = _private_mailboxes(
        country, given, surname, streams, "first_mailbox"
    )
    other, other_provider = _private_mailboxes(
        country, given, surname, streams, "second_mailbox"
    )
    employed = np.flatnonzero(company != _NOWHERE)
    if len(employed):
        given_names, surnames = _mail_names()
        founder = employed[np.unique(company[employed], return_index=True)[1]]
        trades = np.array(_COMPANY_TRADES, dtype=object)
        trade = trades[np.arange(len(founder)) % len(trades)]
        endings = np.array([c.top_level_domain for c in COUNTRIES], dtype=object)
        company_domain = (
            surnames[surname[founder]] + "-" + trade + "." + endings[country[founder]]
        )
        other[employed] = (
            given_names[given[employed]] + "." + surnames[surname[employed]]
        )
        other_provider[employed] = company_domain[company[employed]]

    has_other = (company != _NOWHERE) | streams("person.second_email").chance(
        count, second_email
    )
    rows = np.flatnonzero(has_other)
    addresses = _unique_mailboxes(
        np.concatenate([private, other[rows]]),
        np.concatenate([provider, other_provider[rows]]),
        taken,
    )
    second = np.full(count, "", dtype=object)
    second[rows] = addresses[count:]
    return addresses[:count], second


def _private_mailboxes(
    country: Ints, given: Ints, surname: Ints, streams: Streams, name: str
) -> tuple[Words, Words]:
    count = len(country)
    given_names, surnames = _mail_names()
    first, last = given_names[given], surnames[surname]
    initial = np.array([name[:1] for name in given_names], dtype=object)[given]
    years = np.array([f"{n % 100:02d}" for n in range(45, 108)], dtype=object)
    year = years[streams(f"{name}.year").below(len(years), count)]
    styles = [
        (28, lambda r: first[r] + "." + last[r]),
        (16, lambda r: first[r] + last[r]),
        (14, lambda r: initial[r] + last[r]),
        (6, lambda r: first[r] + "_" + last[r]),
        (6, lambda r: last[r] + "." + first[r]),
        (14, lambda r: first[r] + year[r]),
        (16, lambda r: first[r] + "." + last[r] + year[r]),
    ]
    local = np.empty(count, dtype=object)
    style = streams(f"{name}.style").choice(count, [weight for weight, _ in styles])
    for index, (_, compose) in enumerate(styles):
        rows = np.flatnonzero(style == index)
        local[rows] = compose(rows)

    domain = np.empty(count, dtype=object)
    drawn = streams(f"{name}.domain").uniform(count)
    world = np.array([d for d, _ in WORLD_DOMAINS], dtype=object)
    domain[:] = world[
        streams(f"{name}.world_domain").choice(count, [w for _, w in WORLD_DOMAINS])
    ]
    for index, place in enumerate(COUNTRIES):
        rows = np.flatnonzero((country == index) & (drawn < 0.35))
        local_domains = np.array(place.domains, dtype=object)
        # the same draw, stretched, says which of the country's mailboxes
        nth = (drawn[rows] / 0.35 * len(local_domains)).astype(np.int64)
        domain[rows] = local_domains[np.minimum(nth, len(local_domains) - 1)]
    return local, domain


@cache
def _mail_names() -> tuple[Words, Words]:
    """Given names and surnames of the pools in the letters of an e-mail address."""
    pools = word_pools()
    return _mail_letters(pools.given), _mail_letters(pools.surnames)


def _mail_letters(words: Words) -> Words:
    plain = (without_accents(word).lower() for word in words)
    return np.array(
        ["".join(c for c in word if "a" <= c <= "z") for word in plain], dtype=object
    )


def _unique_mailboxes(local: Words, domain: Words, taken: Words) -> Words:
    """`local@domain`, numbered where two would reach the same mailbox.

    Dots and underscores do not count: some providers ignore them, so addresses
    that differ in nothing else must not belong to two persons.
    """
    local = local.copy()
    before = _mailbox_keys(*_parted(taken))
    while True:
        keys = np.concatenate([before, _mailbox_keys(local, domain)])
        series = pd.Series(keys, dtype=object)
        nth = series.groupby(series, sort=False).cumcount().to_numpy()[len(before) :]
        again = np.flatnonzero(nth)
        if not len(again):
            return local + "@" + domain
        local[again] = local[again] + np.array(
            [str(n + 1) for n in nth[again]], dtype=object
        )


def _parted(addresses: Words) -> tuple[Words, Words]:
    parts = [address.partition("@") for address in addresses]
    local = np.array([part[0] for part in parts], dtype=object)
    return local, np.array([part[2] for part in parts], dtype=object)


def _mailbox_keys(local: Words, domain: Words) -> Words:
    bare = [text.replace(".", "").replace("_", "") for text in local]
    return np.array(bare, dtype=object) + "@" + domain
