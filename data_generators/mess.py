"""What goes wrong with customer data, how often, and what it then looks like.

`MessRates` says how often. The functions distort one value each; besides the
value they take a draw in [0, 1) that decides how, and nothing else, so that the
same draws give the same mess.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from data_generators.draws import Bools, Stream
from data_generators.words import NICKNAMES, Words, without_accents


@dataclass(frozen=True)
class MessRates:
    """How often each kind of mess occurs.

    Shares of all customer records unless the group says otherwise. The rates of
    unusable e-mails and telephones hold over the whole file, although the ones
    that link a re-entry to its person (see `lost_link`) are spared.
    """

    # customer records
    duplicates: float = 0.15
    """Records that enter a known person anew, under a new customer_id."""
    lost_link: float = 0.04
    """Share of re-entries that share neither e-mail nor telephone with the record
    before; every other one keeps at least one of the two recognisable."""
    resent: float = 0.004
    """Rows that repeat an earlier row to the letter."""
    corrected: float = 0.001
    """Rows that repeat an earlier row's customer_id with its e-mail put right."""
    test_accounts: float = 0.001

    # what re-entries do; shares of re-entries
    reentry_typo: float = 0.10
    """A typing error, for given name and surname each."""
    reentry_nickname: float = 0.15
    """Of those whose name has a usual short form."""
    reentry_swapped_names: float = 0.03
    reentry_initial: float = 0.01
    """Given name cut to its initial."""
    reentry_other_email: float = 0.35
    """Another mailbox of theirs, where they have one."""
    reentry_other_phone: float = 0.30
    """Another telephone of theirs, where they have one."""
    reentry_address: float = 0.25
    """The address written in another way."""
    accents_dropped: float = 0.25
    """Of names, addresses and cities that have accents, in re-entries."""

    # unusable e-mails
    email_null: float = 0.06
    email_placeholder_word: float = 0.01
    """n/a, none, unknown and the like."""
    email_malformed: float = 0.03
    """No @, two of them, a trailing dot, a space inside, no domain."""
    email_junk: float = 0.012
    """A well-formed address that half the world has given: noreply@…"""

    # readable e-mails, written untidily
    email_domain_typo: float = 0.012
    """gmial.com, gmail.con: of addresses at the domains people mistype."""
    email_mixed_case: float = 0.12
    email_padded: float = 0.06
    """Spaces, tabs, no-break spaces around it."""
    email_wrapped: float = 0.02
    """mailto: or angle brackets."""
    email_tagged: float = 0.02
    """name+shop@gmail.com, of Gmail addresses."""
    email_dots: float = 0.04
    """Gmail's meaningless dots put elsewhere, of Gmail addresses."""

    # telephones
    phone_null: float = 0.10
    phone_placeholder_word: float = 0.005
    phone_placeholder: float = 0.015
    """000-000-0000, 1234567890, 555-0100 and the like."""
    phone_extension: float = 0.02
    """Beside the switchboards, half of which come with one."""
    phone_padded: float = 0.03

    # names, addresses, places
    first_name_null: float = 0.005
    last_name_null: float = 0.005
    honorific: float = 0.03
    suffix: float = 0.01
    """Jr., III, PhD for no reason; fathers and sons show theirs more often."""
    upper_case: float = 0.05
    lower_case: float = 0.05
    padded: float = 0.03
    """For each of the text columns."""
    symbols: float = 0.01
    """Stray signs, for each of the name columns."""
    mojibake: float = 0.06
    """Of values with accents: Ã© for é."""
    address_null: float = 0.03
    city_null: float = 0.03
    country_null: float = 0.02
    country_spelled: float = 0.30
    """A name instead of the two-letter code."""

    # dates, of customers and transactions alike
    date_null: float = 0.004
    date_impossible: float = 0.002
    """2024-02-30 and the like."""

    # transactions; shares of transactions
    transaction_resent: float = 0.005
    """Rows that repeat an earlier row to the letter."""
    orphans: float = 0.004
    """A customer_id that the customer file does not know."""
    customer_null: float = 0.001
    amount_unparseable: float = 0.003
    amount_decorated: float = 0.35
    """$, USD, thousands separators, padding, cut zeros."""
    refund_negative: float = 0.10
    """Of refunded transactions: the amount is negative."""
    label_untidy: float = 0.15
    """Channel and status in another case or spelling."""
    channel_null: float = 0.003


JUNK_EMAILS = (
    "noreply@example.com",
    "none@none.com",
    "test@test.com",
    "no@email.com",
    "na@na.com",
    "info@example.com",
    "abc@abc.com",
)
PLACEHOLDER_PHONES = (
    "000-000-0000",
    "1234567890",
    "555-0100",
    "0000000000",
    "999-999-9999",
    "111-111-1111",
    "123-456-7890",
)
PLACEHOLDER_WORDS = ("n/a", "N/A", "none", "NULL", "unknown", "-", "#N/A")

_DOMAIN_TYPOS = {
    "gmail.com": ("gmial.com", "gmail.con", "gmai.com", "gamil.com", "gmail.co"),
    "yahoo.com": ("yaho.com", "yahoo.con", "yahooo.com"),
    "hotmail.com": ("hotmial.com", "hotmail.con", "hotmai.com"),
    "outlook.com": ("outlok.com", "outlook.con"),
    "icloud.com": ("iclod.com", "icloud.con"),
}
_NEIGHBOURS = {
    letter: near
    for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    for letter, near in zip(row, row[1:] + row[-2], strict=True)
}
_PADDING = (
    (" ", ""),
    ("", " "),
    ("  ", " "),
    ("", "\t"),
    ("\t", ""),
    ("", "\u00a0"),
    ("\u00a0", " "),
)
_ABBREVIATIONS = (
    ("Street", "St"),
    ("Avenue", "Ave"),
    ("Road", "Rd"),
    ("Court", "Ct"),
    ("Drive", "Dr"),
    ("Lane", "Ln"),
    ("straße", "str."),
    ("Straße", "Str."),
    ("strasse", "str."),
    ("boulevard", "bd"),
    ("avenue", "av."),
    ("straat", "str."),
    ("Avenida", "Av."),
    ("Calle", "C/"),
    ("Piazza", "P.za"),
    ("Viale", "V.le"),
    ("Rua", "R."),
)
_SYMBOLS = ("*", "?", "#", "™", "…", "★", "~", "'", "|", "✓")
_FALSE_SUFFIXES = ("Jr.", "Sr.", "III", "PhD", "MD", "Esq.", "II")


Change = Callable[[str, float], str]
"""A distortion: of a value, and of a draw that decides how."""


def apply(values: Words, rows: Bools, change: Change, stream: Stream) -> None:
    """Put `change(value, draw)` in place of the values where `rows` is true."""
    at = np.flatnonzero(rows)
    draws = stream.uniform(len(at))
    for row, draw in zip(at.tolist(), draws.tolist(), strict=True):
        values[row] = change(values[row], draw)


def one_of(options: Sequence[str], draw: float) -> str:
    """The option that the draw falls on."""
    return options[int(draw * len(options))]


def _split(draw: float, parts: int) -> tuple[int, float]:
    """A whole number below `parts`, and what is left of the draw."""
    scaled = draw * parts
    whole = int(scaled)
    return whole, scaled - whole


def typing_error(value: str, draw: float) -> str:
    """One slip of the finger: a letter left out, doubled, exchanged, or wrong."""
    if len(value) < 3:
        return value
    kind, draw = _split(draw, 4)
    at = 1 + int(draw * (len(value) - 1))
    if kind == 0:
        return value[:at] + value[at + 1 :]
    if kind == 1:
        return value[:at] + value[at - 1] + value[at:]
    if kind == 2:
        swapped = value[: at - 1] + value[at] + value[at - 1] + value[at + 1 :]
        return swapped if at > 1 else value[0] + value[2] + value[1] + value[3:]
    wrong = _NEIGHBOURS.get(value[at].lower(), "e")
    return value[:at] + wrong + value[at + 1 :]


def nickname(value: str, draw: float) -> str:
    """A usual short form, if the name has one."""
    return one_of(NICKNAMES.get(value, (value,)), draw)


def initial(value: str, draw: float) -> str:
    """`J.` or `J` for John."""
    return value[:1] + one_of((".", ""), draw)


def plain_letters(value: str, draw: float) -> str:
    """Without accents."""
    return without_accents(value)


def mojibake(value: str, draw: float) -> str:
    """UTF-8 read as Windows-1252, if every byte has a character there."""
    try:
        return value.encode("utf-8").decode("cp1252")
    except UnicodeDecodeError:
        return value


def padded(value: str, draw: float) -> str:
    """Blanks around it, also such as one does not see."""
    before, after = _PADDING[int(draw * len(_PADDING))]
    return before + value + after


def with_symbol(value: str, draw: float) -> str:
    """A stray sign before or behind."""
    side, draw = _split(draw, 2)
    sign = one_of(_SYMBOLS, draw)
    return sign + value if side else value + sign


def with_suffix(value: str, draw: float) -> str:
    """`Jr.`, `PhD` and the like behind the surname."""
    kind, draw = _split(draw, 3)
    return value + (", " if kind == 0 else " ") + one_of(_FALSE_SUFFIXES, draw)


def malformed_email(value: str, draw: float) -> str:
    """An address nobody can write to."""
    kind, draw = _split(draw, 6)
    local, _, domain = value.partition("@")
    at = 1 + int(draw * (len(local) - 1))
    return (
        local + domain,
        local + "@@" + domain,
        value + "." + "." * (draw < 0.4),
        local[:at] + " " + local[at:] + "@" + domain,
        local + "@",
        local + "@" + domain.partition(".")[0],
    )[kind]


def mistyped_domain(value: str, draw: float) -> str:
    """A usual typing error in a well-known mail domain; else as it was."""
    local, _, domain = value.partition("@")
    return local + "@" + one_of(_DOMAIN_TYPOS.get(domain, (domain,)), draw)


def mixed_case(value: str, draw: float) -> str:
    """All capitals, or capitals at the beginning of the parts."""
    kind, _ = _split(draw, 3)
    if kind == 0:
        return value.upper()
    if kind == 1:
        return value.title()
    return value[:1].upper() + value[1:]


def wrapped_email(value: str, draw: float) -> str:
    """As mail programs put it on the clipboard."""
    return one_of(("mailto:{}", "<{}>", "MAILTO:{}", "<{}>"), draw).format(value)


def tagged_gmail(value: str, draw: float) -> str:
    """`+tag` before the @ of a Gmail address."""
    local, _, domain = value.partition("@")
    if domain != "gmail.com":
        return value
    return local + "+" + one_of(("shop", "news", "promo", "1"), draw) + "@" + domain


def dotted_gmail(value: str, draw: float) -> str:
    """Dots elsewhere in a Gmail address: it still reaches the same mailbox."""
    local, _, domain = value.partition("@")
    if domain != "gmail.com":
        return value
    kind, draw = _split(draw, 2)
    bare = local.replace(".", "")
    if kind == 0 and bare != local:
        return bare + "@" + domain
    at = 1 + int(draw * (len(bare) - 1))
    return bare[:at] + "." + bare[at:] + "@" + domain


def address_variant(value: str, draw: float) -> str:
    """Words abbreviated, commas left out, or a typing error."""
    kind, draw = _split(draw, 3)
    if kind == 0:
        return typing_error(value, draw)
    if kind == 1:
        return value.replace(",", "")
    for word, short in _ABBREVIATIONS:
        value = value.replace(word, short)
    return value


def extension(value: str, draw: float) -> str:
    """An extension behind the number."""
    kind, draw = _split(draw, 4)
    digits = 10 + int(draw * 990)
    return value + (" x{}", " ext. {}", " ext {}", ";ext={}")[kind].format(digits)
