"""What staging computes of each column, step by step, as the other models do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from customer360.sources.layout import WIDTH
from customer360.sources.names import spoken, unused
from customer360.sources.proposal import Proposal
from customer360.sources.recognise import Column

Item = tuple[str, str]
"""An SQL expression and its name."""

LAST = "@"
"""In an expression of the last step: where the CTE's name stands if it joins."""

_SECTIONS = ("ids", "strings", "numerics", "booleans", "timestamps")


@dataclass(frozen=True)
class Staged:
    """A column of the staging model."""

    expression: str
    name: str
    type: str
    description: str


@dataclass
class Steps:
    """The select lists of a staging model's CTEs."""

    proposal: Proposal
    cleaned: list[Item] = field(default_factory=list)
    parsed: list[Item] = field(default_factory=list)
    full_name: str | None = None
    """The cleaned column with a name in one piece, if its parts are read from it."""
    ids: list[Staged] = field(default_factory=list)
    strings: list[Staged] = field(default_factory=list)
    texts: list[Staged] = field(default_factory=list)
    numerics: list[Staged] = field(default_factory=list)
    booleans: list[Staged] = field(default_factory=list)
    timestamps: list[Staged] = field(default_factory=list)
    seeds: list[tuple[str, str, str]] = field(default_factory=list)
    """Seeds that are joined: name, key of ours, key of theirs."""
    taken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        proposal = self.proposal
        self.taken |= {proposal.own_id, *_MEANT, "version_rank"}
        self._own_id()
        for meaning, step in _STEPS.items():
            if column := proposal.column(meaning):
                step(self, column)
        for column in proposal.declared:
            if not column.meaning and proposal.key != (column,):
                self._plain(column)

    @property
    def sections(self) -> dict[str, list[Staged]]:
        """The model's columns by their banners, in order."""
        found = {name: list(getattr(self, name)) for name in _SECTIONS}
        found["strings"] += self.texts
        return {name: columns for name, columns in found.items() if columns}

    @property
    def staged(self) -> list[Staged]:
        """The model's columns, in order."""
        return [column for columns in self.sections.values() for column in columns]

    def has(self, name: str) -> bool:
        """Whether the model has a column of that name."""
        return any(column.name == name for column in self.staged)

    # ---- ids ---------------------------------------------------------------

    def _own_id(self) -> None:
        proposal = self.proposal
        name, said = proposal.own_id, f"The {proposal.grain}"
        if not proposal.key:
            key = '["fingerprint", "occurrence"]'
            said = (
                f"Surrogate key of the {proposal.grain}: its content and a count of "
                "equal ones."
            )
        elif len(proposal.key) == 1:
            [column] = proposal.key
            said_why = "an apostrophe keeps spreadsheets from reading a number"
            self.cleaned.append((said_why, ""))
            self.cleaned.append((key_part(column), name))
            self.ids.append(Staged(f"{LAST}{name}", name, "text", f"{said}'s id."))
            return
        else:
            parts = ", ".join(f'"{key_part(column)}"' for column in proposal.key)
            key = f"[{parts}]"
            said = f"Surrogate key of the {proposal.grain}."
        self.cleaned.append(
            (f"{{{{ dbt_utils.generate_surrogate_key({key}) }}}}", name)
        )
        self.ids.append(Staged(f"{LAST}{name}", name, "text", said))

    def identifier(self, column: Column, name: str, description: str) -> None:
        """An id of something else; the row's own stands first already."""
        if self.proposal.key == (column,) or name == self.proposal.own_id:
            return
        if column.profile.is_list:
            self.cleaned.append(("of several the first is the main one", ""))
        self.cleaned.append((_identifier(column), name))
        self.ids.append(Staged(f"{LAST}{name}", name, "text", description))

    # ---- people ------------------------------------------------------------

    def email(self, column: Column) -> None:
        """The address as it can be used, and as it was given."""
        self.cleaned.append((f'{{{{ email_text("{column.name}") }}}}', "email_text"))
        self.parsed.append(('{{ email_or_null("email_text") }}', "email"))
        self._string(
            f"{LAST}email",
            "email",
            "E-mail address as given, cleaned; null unless it is valid.",
        )
        self._string(
            f"{LAST}email_text", "email_text", "E-mail address as given, valid or not."
        )
        self._malformed("email", "Whether an address was given that is none.")

    def name_part(self, column: Column, part: str) -> None:
        """A given or a family name."""
        self.cleaned.append((f'{{{{ name_part("{column.name}") }}}}', part))
        self._person(part)

    def name_in_one(self, column: Column) -> None:
        """A name in one piece, where its parts do not stand by themselves."""
        self._text(column, "name_text", "Full name as given.")
        if {"given_name", "family_name"} & _meanings(self.proposal):
            return
        self.full_name = "name_text"
        parts = ["given_name", "family_name"]
        for part in parts:
            self._person(part)
        if not self.proposal.column("company"):
            parts.append("company")
            self._string(
                f"{LAST}company", "company", "The name, where it is a company's."
            )
        self.parsed = [(f"person.{part}", part) for part in parts] + self.parsed

    def _person(self, part: str) -> None:
        without = "titles" if part == "given_name" else "suffixes"
        said = "Given" if part == "given_name" else "Family"
        self._string(
            f"{LAST}{part}", part, f"{said} name, in humane case, without {without}."
        )

    def address(self, column: Column) -> None:
        """A street where city and the like have columns of their own, else all."""
        if {"city", "postcode"} & _meanings(self.proposal):
            self._text(column, "address", "Street address.")
            return
        given = column.name
        if column.profile.is_spaced:
            # two blanks are its commas
            given = f"replace({given}, '  ', ', ')"
        self.cleaned.append((f'{{{{ one_line_address("{given}") }}}}', "full_address"))
        self._string(
            f"{LAST}full_address", "full_address", "Postal address, in one line."
        )

    def city(self, column: Column) -> None:
        """A place in one case."""
        self.cleaned.append((_clean(column), "city"))
        self._string(
            f'{{{{ humane_case("{LAST}city") }}}}', "city", "City, in humane case."
        )

    def country(self, column: Column) -> None:
        """A country by any of its names, or its code."""
        self.cleaned.append((_clean(column), "country_text"))
        self.parsed.append(('{{ letters_only("country_text") }}', "country_key"))
        self.seeds.append(("country_names", "country_key", "name_key"))
        self._string(
            "country_names.country_code",
            "country_code",
            "Country, ISO 3166-1 alpha-2.",
        )
        self._string(f"{LAST}country_text", "country_text", "Country as given.")
        self._flag(
            f"{LAST}country_text is not null and country_names.country_code is null",
            "is_country_unknown",
            "Whether a country was given that no list knows.",
        )

    # ---- sales -------------------------------------------------------------

    def status(self, column: Column) -> None:
        """One of the words that all systems' statuses are told in."""
        key = "status_text"
        if any(word.endswith(")") for word in column.profile.words):
            key = "regexp_replace(status_text, ' *[(][^)]*[)]$', '')"
        self.cleaned.append((_clean(column), "status_text"))
        self.parsed.append((f'{{{{ letters_only("{key}") }}}}', "status_key"))
        self.seeds.append(("transaction_statuses", "status_key", "status_key"))
        self._string(
            "coalesce(transaction_statuses.status, 'unknown')",
            "status",
            "What became of it: completed, pending, cancelled, refunded, failed, "
            "adjustment or unknown.",
        )
        self.texts.append(
            Staged(f"{LAST}status_text", "status_text", "text", "Status as given.")
        )

    def channel(self, column: Column) -> None:
        """One of the channels that all systems' sales are told in."""
        self.cleaned.append((_clean(column), "channel_text"))
        self.parsed.append(('{{ letters_only("channel_text") }}', "channel_key"))
        self.seeds.append(("channels", "channel_key", "channel_key"))
        self._string(
            f"coalesce(channels.channel, '{self.proposal.channel}')",
            "channel",
            "Where it was sold: online, in_store, dealer, service, subscription or "
            "other.",
        )
        self.texts.append(
            Staged(f"{LAST}channel_text", "channel_text", "text", "Channel as given.")
        )

    def currency(self, column: Column) -> None:
        """A code in capitals."""
        self.cleaned.append((f"upper({_clean(column)})", "currency"))
        self._string(
            f"{LAST}currency", "currency", "Currency of the amounts, ISO 4217."
        )

    # ---- numbers, dates and the rest ----------------------------------------

    def number(
        self, column: Column, name: str, description: str, digits: int, scale: int
    ) -> None:
        """A number, its text and whether the one was found in the other."""
        given = f"{name}_text"
        self.cleaned.append((_clean(column), given))
        argument = given
        if column.profile.sign:
            argument = f"replace({given}, '{_sign_of(column.profile.sign)}', '')"
        self.parsed.append(
            (f'{{{{ decimal_or_null("{argument}", {digits}, {scale}) }}}}', name)
        )
        self._given(given, description)
        self.numerics.append(
            Staged(f"{LAST}{name}", name, f"numeric(18,{scale})", description)
        )
        self._malformed(name, "Whether something was given that is no number.")

    def date(
        self, column: Column, name: str, description: str, since: int | None = None
    ) -> None:
        """A moment, its text and whether the one was found in the other; from the
        year on in which the project's events begin, or `since`."""
        given = f"{name}_text"
        self.cleaned.append((_clean(column), given))
        if unit := column.profile.epoch:
            call = f'{{{{ epoch_timestamp("{given}", unit="{unit}") }}}}'
            self.parsed.append((call, name))
        else:
            order = {None: "none", True: "true", False: "false"}
            years = f", earliest_year={since}" if since else ""
            day_first = order[self.proposal.day_first]
            call = f'timestamp_or_null("{given}", day_first={day_first}{years})'
            self.parsed.append((f"{{{{ {call} }}}}", name))
        self._given(given, description)
        self.timestamps.append(Staged(f"{LAST}{name}", name, "timestamp", description))
        self._malformed(name, "Whether a date was given that the calendar lacks.")

    def _plain(self, column: Column) -> None:
        said = f"What the file calls {spoken(column.header)}."
        name = unused(column.name, self.taken)
        self.taken |= {name, f"{name}_text"}
        if column.type == "number":
            scale = 4 if column.profile.decimals <= 4 else 8
            self.number(column, name, said, 18 - scale, scale)
        elif column.type == "date":
            # it may be a day of birth; 1900-01-01 stands for none
            self.date(column, name, said, since=1901)
        elif column.type == "yes_no":
            self.cleaned.append((_clean(column), f"{name}_text"))
            self.parsed.append((f'{{{{ boolean_or_null("{name}_text") }}}}', name))
            self._given(f"{name}_text", said)
            self._flag(f"{LAST}{name}", name, said)
            self._malformed(
                name, "Whether something was given that is neither yes nor no."
            )
        else:
            self._text(column, name, said)

    def _given(self, name: str, description: str) -> None:
        said = f"{description.rstrip('.')}, as given."
        self.texts.append(Staged(f"{LAST}{name}", name, "text", said))

    def _text(self, column: Column, name: str, description: str) -> None:
        self.cleaned.append((_clean(column), name))
        self._string(f"{LAST}{name}", name, description)

    def _string(self, expression: str, name: str, description: str) -> None:
        self.strings.append(Staged(expression, name, "text", description))

    def _flag(self, expression: str, name: str, description: str) -> None:
        self.booleans.append(Staged(expression, name, "boolean", description))

    def _malformed(self, name: str, description: str) -> None:
        call = f'{{{{ is_malformed("{LAST}{name}") }}}}'
        self._flag(call, f"is_{name}_malformed", description)


def _meanings(proposal: Proposal) -> set[str | None]:
    return {column.meaning for column in proposal.columns}


def _unguarded(column: Column) -> str:
    """The column, without the apostrophe that kept a spreadsheet off its values."""
    return f"ltrim({column.name}, '''')" if column.profile.is_guarded else column.name


def key_part(column: Column) -> str:
    """What rows are told apart by: an apostrophe that keeps spreadsheets off may
    stand before it in a later file, if not in the first."""
    return f"trim(ltrim({column.name}, ''''))"


def _identifier(column: Column) -> str:
    given = f"ltrim({column.name}, '''')"
    if column.profile.is_list:
        given = f"split_part({given}, ';', 1)"
    expression = f"nullif(trim({given}), '')"
    if len(expression) <= WIDTH - 8:
        return expression
    return f"nullif(\n            trim({given}), ''\n        )"


def _clean(column: Column) -> str:
    return f'{{{{ clean_text("{_unguarded(column)}") }}}}'


def _sign_of(currency: str) -> str:
    return {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥", "INR": "₹"}[currency]


_STEPS: dict[str, Callable[[Steps, Column], None]] = {
    "order_id": lambda s, c: s.identifier(c, "order_id", "The order."),
    "customer_id": lambda s, c: s.identifier(
        c, "customer_id", "The customer's id in the system."
    ),
    "product": lambda s, c: s.identifier(
        c, "product_id", "The product, as its system names it."
    ),
    "given_name": lambda s, c: s.name_part(c, "given_name"),
    "family_name": lambda s, c: s.name_part(c, "family_name"),
    "full_name": Steps.name_in_one,
    "company": lambda s, c: s._text(c, "company", "Company."),
    "email": Steps.email,
    "phone": lambda s, c: s._text(c, "phone_text", "Phone number as given."),
    "address": Steps.address,
    "postcode": lambda s, c: s._text(c, "postcode", "Postal code."),
    "city": Steps.city,
    "country": Steps.country,
    "channel": Steps.channel,
    "status": Steps.status,
    "currency": Steps.currency,
    "quantity": lambda s, c: s.number(c, "quantity", "Units.", 12, 4),
    "unit_price": lambda s, c: s.number(c, "unit_price", "Price of a unit.", 12, 4),
    "amount": lambda s, c: s.number(c, "amount", "Amount.", 12, 2),
    "ordered_at": lambda s, c: s.date(c, "ordered_at", "When it was sold."),
    "created_at": lambda s, c: s.date(c, "created_at", "When the record was created."),
    "updated_at": lambda s, c: s.date(
        c, "updated_at", "When the record was last changed."
    ),
}
_MEANT = frozenset(
    """
    order_id customer_id product_id given_name family_name name_text company email
    email_text phone_text address full_address postcode city country_code country_text
    country_key channel channel_text channel_key status status_text status_key currency
    quantity unit_price amount line_amount counted_amount ordered_at created_at
    updated_at is_email_malformed
    is_country_unknown
    """.split()  # noqa: SIM905
)
