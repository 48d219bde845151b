"""When people do things: the weekly, yearly and daily rhythm of the business.

The generators simulate in *operational time*, in which nothing is seasonal, and
stretch it afterwards: a busy day is a long one. So the purchase process keeps its
law whatever the season does.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from data_generators.draws import Floats, Ints, Stream

HISTORY_DAYS = 1095
"""The data begin so many days before the day after `until`."""

DELIVERABLE_DAYS = 92
"""So many days after `until` can be delivered at most."""

FUTURE_DAYS = DELIVERABLE_DAYS + 92
"""What people do is known for so many days after `until`, so that the truth can
tell what comes after the last delivery."""

_MONDAY_TO_SUNDAY = (0.90, 0.88, 0.92, 1.00, 1.16, 1.28, 0.86)
_FIRST_HALF = (0.82, 0.88, 0.95, 0.98, 1.02, 1.00)
_SECOND_HALF = (0.93, 0.92, 1.00, 1.03, 1.18, 1.12)
_JANUARY_TO_DECEMBER = (*_FIRST_HALF, *_SECOND_HALF)
_CHRISTMAS = 1.7
"""1 to 23 December, on top of the month."""
_BLACK_FRIDAY = 2.0
"""22 to 30 November, Friday to Monday, on top of the month."""
_CLOSED = 0.25
"""25 December and 1 January."""
_NIGHT = (0.3, 0.15, 0.1, 0.1, 0.1, 0.2)
_MORNING = (0.6, 1.2, 2.2, 3.4, 4.2, 4.6)
_AFTERNOON = (4.8, 4.4, 4.0, 4.0, 4.3, 4.8)
_EVENING = (5.0, 4.6, 3.6, 2.6, 1.6, 0.8)
_HOURS = (*_NIGHT, *_MORNING, *_AFTERNOON, *_EVENING)

_EPOCH = date(1970, 1, 1)


class Season:
    """Turns operational weeks into dates.

    `weeks` is how many there are up to the end of `until`, `horizon` up to the end
    of what is simulated.
    """

    history_days = HISTORY_DAYS

    def __init__(self, until: date) -> None:
        self.until = until
        self.first_day = until - timedelta(days=HISTORY_DAYS - 1)
        days = [
            self.first_day + timedelta(days=n)
            for n in range(HISTORY_DAYS + FUTURE_DAYS)
        ]
        self._busy = np.array([_busyness(day) for day in days])
        ends = np.cumsum(self._busy)
        self.weeks = HISTORY_DAYS / 7.0
        self._busy *= self.weeks / ends[HISTORY_DAYS - 1]
        self._ends = np.cumsum(self._busy)
        self.horizon = float(self._ends[-1])
        self._hour = np.array(_HOURS)
        self._hour_ends = np.cumsum(self._hour)

    @property
    def start(self) -> int:
        """Seconds since 1970 at which the first day begins."""
        return (self.first_day - _EPOCH).days * 86_400

    @property
    def end(self) -> int:
        """Seconds since 1970 at which the day after `until` begins."""
        return self.start + HISTORY_DAYS * 86_400

    @property
    def horizon_end(self) -> int:
        """Seconds since 1970 at which the simulation ends."""
        return self.end + FUTURE_DAYS * 86_400

    def sometime(self, after: Floats, stream: Stream) -> Ints:
        """A moment between each of these operational times and the horizon."""
        left = self.horizon - after
        return self.seconds(after + stream.uniform(len(after)) * left)

    def seconds(self, weeks: Floats) -> Ints:
        """Seconds since 1970 of operational times in [0, `self.horizon`)."""
        day, within = _locate(weeks, self._ends, self._busy)
        hour, rest = _locate(within * self._hour_ends[-1], self._hour_ends, self._hour)
        start = (self.first_day - _EPOCH).days
        second = np.minimum((rest * 3600.0).astype(np.int64), 3599)
        return (start + day) * 86_400 + hour * 3600 + second


def _locate(position: Floats, ends: Floats, sizes: Floats) -> tuple[Ints, Floats]:
    cell = np.minimum(np.searchsorted(ends, position, side="right"), len(ends) - 1)
    begins = ends - sizes
    within = (position - begins[cell]) / sizes[cell]
    return cell, np.maximum(np.minimum(within, 1.0 - 2.0**-53), 0.0)


def _busyness(day: date) -> float:
    factor = _MONDAY_TO_SUNDAY[day.weekday()] * _JANUARY_TO_DECEMBER[day.month - 1]
    if day.month == 12 and day.day <= 23:
        factor *= _CHRISTMAS
    if day.month == 11 and day.day >= 22 and day.weekday() in (4, 5, 6, 0):
        factor *= _BLACK_FRIDAY
    if (day.month, day.day) in ((12, 25), (1, 1)):
        factor *= _CLOSED
    return factor
