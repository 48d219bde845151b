"""What goes wrong with the rows of facts: customers, words, amounts, dates."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from data_generators.draws import Ints, Streams
from data_generators.mess import MessRates
from data_generators.rows import Bytes, money, vocabulary

_AMOUNTS = vocabulary(("", "N/A", "", "-", "TBD", "#VALUE!"))
"""What stands there for each fault; the first is none."""
_DATES = vocabulary(
    ("", "", "2024-02-30", "2025-13-05 10:00:00", "0000-00-00 00:00:00", "unknown")
)
_SPELLINGS: Sequence[Callable[[str], str]] = (
    lambda word: word,
    str.upper,
    str.lower,
    lambda word: " " + word,
    lambda word: word + "  ",
)


class Faults:
    """The faults of `count` rows of facts, at a system's rates.

    What is wrong with a row is drawn for each row in order, so that it depends on
    nothing that comes after it.
    """

    def __init__(self, count: int, rates: MessRates, streams: Streams) -> None:
        draws = streams.under("faults")
        self._rates, self._draws, self._count = rates, draws, count
        drawn = draws("customer").uniform(count)
        self._unknown = drawn < rates.orphans
        self._nobody = drawn >= 1 - rates.customer_null
        drawn = draws("amount").uniform(count)
        self._amount = _which(drawn, rates.amount_unparseable, len(_AMOUNTS) - 1)
        drawn = draws("date").uniform(count)
        wrong = rates.date_null + rates.date_impossible
        self._date = _which(drawn, wrong, len(_DATES) - 1)
        self._date[drawn < rates.date_null] = 1
        drawn = draws("label").uniform(count)
        self._label = _which(drawn, rates.label_untidy, len(_SPELLINGS) - 1)

    def customers(self, rows: Ints, ids: Bytes, unknown: str) -> Bytes:
        """Ids of which some are nobody's, `unknown`, and some are missing."""
        ids = np.where(self._unknown[rows], unknown.encode(), ids)
        return np.where(self._nobody[rows], b"", ids)

    def labels(self, rows: Ints, words: Sequence[str], index: Ints) -> Bytes:
        """Words of which some are in another case or padded."""
        spelled = vocabulary([spell(word) for word in words for spell in _SPELLINGS])
        return spelled[index * len(_SPELLINGS) + self._label[rows]]

    def amounts(self, rows: Ints, cents: Ints) -> Bytes:
        """Amounts of which some can't be read."""
        fault = self._amount[rows]
        return np.where(fault > 0, _AMOUNTS[fault], money(cents))

    def moments(self, rows: Ints, written: Bytes) -> Bytes:
        """Dates of which some are missing or impossible."""
        fault = self._date[rows]
        return np.where(fault > 0, _DATES[fault], written)

    def repeated(self, which: Ints, delivery: Ints) -> Ints:
        """The order of the file's rows, some of which come once more.

        `which` says of each row, in the order of the deliveries, what it is about.
        A row is repeated to the letter, a little further down in the delivery that
        it came with.
        """
        count = len(which)
        resent = self._draws("resent").chance(
            self._count, self._rates.transaction_resent
        )
        again = np.flatnonzero(resent[which])
        place = self._draws("later").below(1000, self._count)
        position = np.concatenate([np.arange(count), again + place[which[again]]])
        row = np.concatenate([np.arange(count), again])
        return row[np.lexsort((position, delivery[row]))]


def _which(drawn: np.ndarray, rate: float, kinds: int) -> Ints:
    """0 for most; the draws below `rate` say which of the kinds it is."""
    stretched = drawn / rate if rate else np.ones(len(drawn))
    kind = 1 + np.minimum(
        (np.minimum(stretched, 1) * kinds).astype(np.int64), kinds - 1
    )
    return np.where(drawn < rate, kind, 0)
