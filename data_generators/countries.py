"""The countries of the population: their telephones, mailboxes and spellings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PhonePlan:
    """How one kind of telephone number is made and written in one country."""

    calling_code: str
    trunk: str
    """What is dialled before the number inside the country, "0" or nothing."""
    prefixes: tuple[str, ...]
    """Area or network codes; an Italian one keeps its zero."""
    body_digits: int
    first_body: int
    bodies: int
    """The rest of the number runs from `first_body` over `bodies` values."""
    groups: tuple[int, ...]
    """How the significant number falls into groups; they add up to `digits`."""
    national: str
    """The usual way to write it inside the country, one `#` a digit."""

    @property
    def digits(self) -> int:
        """Length of the national significant number."""
        return len(self.prefixes[0]) + self.body_digits


@dataclass(frozen=True)
class Country:
    """What is typical of one country."""

    code: str
    weight: float
    """Share of the population, as a weight."""
    locale: str
    mobile: PhonePlan
    landline: PhonePlan
    zeros_dial_abroad: bool
    """Whether 00 and the country code is how one dials it from inside."""
    number_first: bool
    """House number before the street."""
    unit: str
    """The word before a flat's number."""
    domains: tuple[str, ...]
    """Mailboxes popular in this country beside the worldwide ones."""
    top_level_domain: str
    spellings: tuple[str, ...]
    """How its name is written, beside the code, in a country column."""
    titles: tuple[tuple[str, ...], tuple[str, ...]]
    """Honorifics for men and for women."""


_ANGLO = (("Mr.", "Mr", "Dr.", "Prof."), ("Mrs.", "Ms.", "Miss", "Dr."))


def _nanp(areas: str) -> PhonePlan:
    # exchanges from 556 upwards keep clear of the 555 numbers nobody has
    return PhonePlan(
        "1",
        "",
        tuple(areas.split()),
        7,
        5_560_000,
        4_430_000,
        (3, 3, 4),
        "(###) ###-####",
    )


def _plan(
    calling_code: str,
    trunk: str,
    prefixes: str,
    body_digits: int,
    groups: tuple[int, ...],
    national: str,
    *,
    first: int = 0,
    last: int = 0,
) -> PhonePlan:
    last = last or 10**body_digits - 1
    return PhonePlan(
        calling_code,
        trunk,
        tuple(prefixes.split()),
        body_digits,
        first,
        last - first + 1,
        groups,
        national,
    )


# no number is in two plans, or two people would have it
_US_MOBILE = _nanp("213 305 312 404 469 512 602 646 702 713 786 917")
_US_LANDLINE = _nanp("212 415 503 617 718 773 818 832")
_CA_MOBILE = _nanp("604 403 647 778 438")
_CA_LANDLINE = _nanp("416 514 613 780 905")

COUNTRIES: tuple[Country, ...] = (
    Country(
        code="US",
        weight=30,
        locale="en_US",
        mobile=_US_MOBILE,
        landline=_US_LANDLINE,
        zeros_dial_abroad=False,
        number_first=True,
        unit="Apt",
        domains=("comcast.net", "verizon.net", "att.net"),
        top_level_domain="com",
        spellings=("USA", "United States", "U.S.A.", "us", "United States of America"),
        titles=_ANGLO,
    ),
    Country(
        code="GB",
        weight=14,
        locale="en_GB",
        mobile=_plan(
            "44",
            "0",
            "7411 7412 7415 7714 7721 7735 7841 7855 7961 7975",
            body_digits=6,
            groups=(4, 6),
            national="0#### ######",
        ),
        landline=_plan(
            "44",
            "0",
            "20 ",
            body_digits=8,
            groups=(2, 4, 4),
            national="0## #### ####",
            first=71_000_000,
            last=79_999_999,
        ),
        zeros_dial_abroad=True,
        number_first=True,
        unit="Flat",
        domains=("btinternet.com", "hotmail.co.uk", "yahoo.co.uk", "sky.com"),
        top_level_domain="co.uk",
        spellings=("UK", "United Kingdom", "Great Britain", "England", "gb"),
        titles=_ANGLO,
    ),
    Country(
        code="DE",
        weight=11,
        locale="de_DE",
        mobile=_plan(
            "49",
            "0",
            "1511 1512 1514 1515 1520 1521 1522 1573 1575 1577 1590",
            body_digits=7,
            groups=(4, 7),
            national="0#### #######",
        ),
        landline=_plan(
            "49",
            "0",
            "30 40 69 89",
            body_digits=8,
            groups=(2, 8),
            national="0## ########",
            first=22_000_000,
            last=89_999_999,
        ),
        zeros_dial_abroad=True,
        number_first=False,
        unit="Whg.",
        domains=("gmx.de", "web.de", "t-online.de", "gmx.net"),
        top_level_domain="de",
        spellings=("Germany", "Deutschland", "GER", "de"),
        titles=(("Herr", "Dr.", "Prof."), ("Frau", "Dr.", "Prof.")),
    ),
    Country(
        code="FR",
        weight=9,
        locale="fr_FR",
        mobile=_plan(
            "33",
            "0",
            "61 62 64 66 67 68 76 77 78",
            body_digits=7,
            groups=(1, 2, 2, 2, 2),
            national="0# ## ## ## ##",
        ),
        landline=_plan(
            "33",
            "0",
            "14 24 32 49 55",
            body_digits=7,
            groups=(1, 2, 2, 2, 2),
            national="0# ## ## ## ##",
        ),
        zeros_dial_abroad=True,
        number_first=True,
        unit="Appt",
        domains=("orange.fr", "free.fr", "laposte.net", "wanadoo.fr"),
        top_level_domain="fr",
        spellings=("France", "FRA", "france"),
        titles=(("M.", "Monsieur", "Dr"), ("Mme", "Madame", "Mlle")),
    ),
    Country(
        code="NL",
        weight=6,
        locale="nl_NL",
        mobile=_plan(
            "31",
            "0",
            "61 62 63 64 65",
            body_digits=7,
            groups=(1, 8),
            national="0#-########",
        ),
        landline=_plan(
            "31",
            "0",
            "10 20 30 40 70",
            body_digits=7,
            groups=(2, 3, 4),
            national="0##-#######",
            first=2_000_000,
            last=7_999_999,
        ),
        zeros_dial_abroad=True,
        number_first=False,
        unit="app.",
        domains=("ziggo.nl", "kpnmail.nl", "xs4all.nl"),
        top_level_domain="nl",
        spellings=("Netherlands", "The Netherlands", "Nederland", "Holland"),
        titles=(("Dhr.", "Drs.", "Ir."), ("Mevr.", "Drs.", "Dr.")),
    ),
    Country(
        code="ES",
        weight=6,
        locale="es_ES",
        mobile=_plan(
            "34",
            "",
            "61 62 63 64 65 66 67 68 69",
            body_digits=7,
            groups=(3, 2, 2, 2),
            national="### ## ## ##",
        ),
        landline=_plan(
            "34",
            "",
            "91 93 96",
            body_digits=7,
            groups=(2, 3, 2, 2),
            national="## ### ## ##",
            first=2_000_000,
            last=7_999_999,
        ),
        zeros_dial_abroad=True,
        number_first=False,
        unit="piso",
        domains=("telefonica.net", "hotmail.es", "yahoo.es"),
        top_level_domain="es",
        spellings=("Spain", "España", "ESP", "spain"),
        titles=(("Sr.", "Don", "Dr."), ("Sra.", "Doña", "Dra.")),
    ),
    Country(
        code="IT",
        weight=6,
        locale="it_IT",
        mobile=_plan(
            "39",
            "",
            "320 328 329 333 338 339 347 348 349 366 388 392",
            body_digits=7,
            groups=(3, 7),
            national="### #######",
        ),
        landline=_plan(
            "39",
            "",
            "02 06",
            body_digits=8,
            groups=(2, 8),
            national="## ########",
            first=30_000_000,
            last=89_999_999,
        ),
        zeros_dial_abroad=True,
        number_first=False,
        unit="int.",
        domains=("libero.it", "virgilio.it", "alice.it", "tiscali.it"),
        top_level_domain="it",
        spellings=("Italy", "Italia", "ITA"),
        titles=(("Sig.", "Dott.", "Ing."), ("Sig.ra", "Dott.ssa", "Dr.")),
    ),
    Country(
        code="CA",
        weight=6,
        locale="en_CA",
        mobile=_CA_MOBILE,
        landline=_CA_LANDLINE,
        zeros_dial_abroad=False,
        number_first=True,
        unit="Unit",
        domains=("shaw.ca", "rogers.com", "sympatico.ca"),
        top_level_domain="ca",
        spellings=("Canada", "CAN", "canada"),
        titles=_ANGLO,
    ),
    Country(
        code="AU",
        weight=5,
        locale="en_AU",
        mobile=_plan(
            "61",
            "0",
            "41 42 43 40",
            body_digits=7,
            groups=(3, 3, 3),
            national="0### ### ###",
        ),
        landline=_plan(
            "61",
            "0",
            "29 39 73 88",
            body_digits=7,
            groups=(1, 4, 4),
            national="(0#) #### ####",
            first=2_000_000,
            last=7_999_999,
        ),
        zeros_dial_abroad=False,
        number_first=True,
        unit="Unit",
        domains=("bigpond.com", "optusnet.com.au"),
        top_level_domain="com.au",
        spellings=("Australia", "AUS", "australia"),
        titles=_ANGLO,
    ),
    Country(
        code="IN",
        weight=4,
        locale="en_IN",
        mobile=_plan(
            "91",
            "",
            "98 99 97 96 70 88",
            body_digits=8,
            groups=(5, 5),
            national="##### #####",
        ),
        landline=_plan(
            "91",
            "0",
            "11 22 80 44",
            body_digits=8,
            groups=(2, 4, 4),
            national="0##-########",
            first=22_000_000,
            last=28_999_999,
        ),
        zeros_dial_abroad=True,
        number_first=True,
        unit="Flat",
        domains=("rediffmail.com", "yahoo.co.in"),
        top_level_domain="in",
        spellings=("India", "IND", "INDIA"),
        titles=(("Mr.", "Shri", "Dr."), ("Mrs.", "Smt.", "Dr.")),
    ),
    Country(
        code="BR",
        weight=3,
        locale="pt_BR",
        mobile=_plan(
            "55",
            "",
            "119 219 319 419 519 619",
            body_digits=8,
            groups=(2, 5, 4),
            national="(##) #####-####",
            first=60_000_000,
        ),
        landline=_plan(
            "55",
            "",
            "11 21 31 41",
            body_digits=8,
            groups=(2, 4, 4),
            national="(##) ####-####",
            first=30_000_000,
            last=39_999_999,
        ),
        zeros_dial_abroad=False,
        number_first=False,
        unit="apto",
        domains=("uol.com.br", "bol.com.br", "terra.com.br"),
        top_level_domain="com.br",
        spellings=("Brazil", "Brasil", "BRA"),
        titles=(("Sr.", "Dr.", "Prof."), ("Sra.", "Dra.", "Profa.")),
    ),
)

PLANS: tuple[PhonePlan, ...] = tuple(
    plan for country in COUNTRIES for plan in (country.mobile, country.landline)
)
"""Country `i` has its mobile plan at `2 * i`, its landline plan at `2 * i + 1`."""

WORLD_DOMAINS = (
    ("gmail.com", 40),
    ("yahoo.com", 10),
    ("hotmail.com", 10),
    ("outlook.com", 9),
    ("icloud.com", 6),
    ("aol.com", 2),
)
