"""How messy each system is: the rates of `MessRates`, and where they differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property

from customer360.errors import UserError
from data_generators.mess import MessRates

SYSTEM_RATES: Mapping[str, Mapping[str, float]] = {
    "csv": {},
    # salespeople type what they heard, and call people what their friends do
    "salesforce": {
        "duplicates": 0.10,
        "reentry_typo": 0.06,
        "reentry_nickname": 0.20,
        "email_null": 0.08,
        "phone_null": 0.06,
        "honorific": 0.05,
    },
    # call centres, with given and family name in each other's field often
    "dynamics": {
        "duplicates": 0.07,
        "reentry_typo": 0.08,
        "reentry_nickname": 0.12,
        "reentry_swapped_names": 0.05,
        "email_null": 0.12,
        "upper_case": 0.12,
    },
    # people register themselves: they know how they are spelled
    "shop": {
        "duplicates": 0.06,
        "reentry_typo": 0.02,
        "reentry_nickname": 0.08,
        "reentry_swapped_names": 0.01,
        "email_null": 0.01,
        "email_junk": 0.004,
        "email_malformed": 0.01,
        "address_null": 0.05,
        "label_untidy": 0.02,
    },
    "loyalty": {"label_untidy": 0.05},
    "support": {"label_untidy": 0.06, "customer_null": 0.03},
    "insights": {
        "duplicates": 0.04,
        "reentry_typo": 0.02,
        "reentry_nickname": 0.05,
        "upper_case": 0.02,
    },
    "retail": {"duplicates": 0.08, "reentry_typo": 0.05, "email_null": 0.08},
    # typed at the counter: a telephone always, an e-mail if there is time
    "dealer": {
        "duplicates": 0.06,
        "reentry_typo": 0.06,
        "reentry_nickname": 0.10,
        "email_null": 0.20,
        "phone_null": 0.03,
        "upper_case": 0.10,
        "label_untidy": 0.10,
    },
    "service": {"label_untidy": 0.10},
    "digital": {"email_mixed_case": 0.05, "email_padded": 0.05, "label_untidy": 0.03},
    # nobody pays without an e-mail that works, and programs make no typing errors
    "stripe": {
        "duplicates": 0.05,
        "reentry_typo": 0.01,
        "reentry_nickname": 0.06,
        "email_null": 0.0,
        "email_placeholder_word": 0.0,
        "email_malformed": 0.0,
        "email_junk": 0.0,
        "phone_null": 0.55,
    },
    "marketing": {
        "email_mixed_case": 0.05,
        "email_padded": 0.05,
        "label_untidy": 0.02,
        "transaction_resent": 0.01,
    },
    # forms of the web site, in which only the e-mail must be filled in
    "hubspot": {
        "duplicates": 0.05,
        "email_null": 0.0,
        "email_placeholder_word": 0.003,
        "phone_null": 0.45,
        "first_name_null": 0.06,
        "last_name_null": 0.10,
        "lower_case": 0.10,
    },
}
"""What is other than in `MessRates`, by system."""

_MOST_DUPLICATES = 0.9
_NAMES = frozenset(field_.name for field_ in fields(MessRates))


@dataclass(frozen=True)
class Rates:
    """The rates of all systems."""

    everywhere: MessRates = field(default_factory=MessRates)
    """What holds where `SYSTEM_RATES` says nothing else."""
    asked: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """What was asked for, by system: it goes before everything else."""

    @cached_property
    def _of(self) -> Mapping[str, MessRates]:
        return {
            system: replace(self.everywhere, **{**own, **self.asked.get(system, {})})
            for system, own in SYSTEM_RATES.items()
        }

    def of(self, system: str) -> MessRates:
        """The rates of one system."""
        return self._of[system]


def read_rates(texts: Iterable[str]) -> Rates:
    """Rates from texts such as `email_null=0.2` and `shop.email_null=0.2`.

    The first kind holds for every system that has no rate of its own in
    `SYSTEM_RATES`. Raises UserError for what is not one.
    """
    everywhere: dict[str, float] = {}
    asked: dict[str, dict[str, float]] = {}
    for text in texts:
        place, _, value = text.partition("=")
        system, _, name = place.strip().rpartition(".")
        if system and system not in SYSTEM_RATES:
            raise UserError(
                f"There is no system {system!r}. There are: {', '.join(SYSTEM_RATES)}."
            )
        if name not in _NAMES:
            raise UserError(
                f"There is no rate {name!r}. There are: {', '.join(sorted(_NAMES))}."
            )
        try:
            rate = float(value)
        except ValueError:
            rate = -1.0
        most = _MOST_DUPLICATES if name == "duplicates" else 1
        if not 0 <= rate <= most:
            raise UserError(
                f"{text!r} must say a rate between 0 and {most}: {name}=0.1."
            )
        (asked.setdefault(system, {}) if system else everywhere)[name] = rate
    return Rates(MessRates(**everywhere), asked)
