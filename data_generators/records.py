"""Who is on record in a system, since when, and under which number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data_generators.draws import Bools, Ints, Stream
from data_generators.world import World

_USUAL_WAIT = 20 * 7 * 86_400


@dataclass(frozen=True)
class Records:
    """Who each record of one system is about and when it was entered.

    One entry a record, by person and then by time; a row sent again is no record
    of its own.
    """

    person: Ints
    seconds: Ints
    """Since 1970."""
    number: Ints
    """1 for the record entered first, and so on."""
    nth: Ints
    """0 for a person's first record, 1 for the next."""
    is_test: Bools

    def __len__(self) -> int:
        return len(self.person)

    def at(self, person: Ints, seconds: Ints, stream: Stream) -> Ints:
        """The entry under which each of these people does something at that time.

        Any of the records they had by then; everyone must have had one.
        """
        span = int(max(self.seconds.max(), seconds.max(initial=0))) + 1
        first = np.searchsorted(self.person, person)
        behind = np.searchsorted(
            self.person * span + self.seconds, person * span + seconds, side="right"
        )
        return first + stream.below(behind - first)


def arrange(
    person: Ints, seconds: Ints, is_test: Bools, first_number: int = 1
) -> Records:
    """Records of these people, entered at these times."""
    order = np.lexsort((seconds, person))
    person, seconds = person[order], seconds[order]
    number = np.empty(len(person), dtype=np.int64)
    number[np.argsort(seconds, kind="stable")] = first_number + np.arange(len(person))
    nth = np.arange(len(person)) - np.searchsorted(person, person)
    return Records(person, seconds, number, nth, is_test[order])


def enrol(
    world: World,
    system: str,
    known_by: Ints | None = None,
    members: Bools | None = None,
    entity: str = "",
) -> Records:
    """The records of a system's members, or of those members.

    A member comes on record some time after joining, at the latest at `known_by`,
    the first thing they do there. The system's `duplicates` enter a known person
    anew.
    """
    members = world.members(system) if members is None else members
    streams = world.streams.under(f"{system}{entity}.record")
    duplicates, horizon = world.rates.of(system).duplicates, world.season.horizon_end
    person = np.flatnonzero(members)
    at_once = streams("at_once").chance(len(person), 0.4)
    wait = streams("wait").exponential(len(person)) * _USUAL_WAIT
    wait = np.where(at_once, 0.0, wait).astype(np.int64)
    entered = world.joined[person] + wait
    if known_by is not None:
        entered = np.minimum(entered, known_by[person])
    again = streams("again").below(
        len(person), int(len(person) * duplicates / (1 - duplicates))
    )
    left = np.maximum(horizon - entered[again], 0)
    later = (streams("later").uniform(len(again)) * left).astype(np.int64)
    everyone = np.concatenate([person, person[again]])
    seconds = np.concatenate([entered, entered[again] + later])
    return arrange(everyone, seconds, world.is_tester(system)[everyone])
