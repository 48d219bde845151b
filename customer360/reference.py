"""Reference seeds that come from published metadata.

`python -m customer360.reference` writes them anew into `dbt_project/seeds/`:

- `country_names.csv`: what people write for a country, from the CLDR (Babel) and
  the ISO codes that Faker carries.
- `phone_rules.csv`: how each country writes its phone numbers, from Google's
  libphonenumber metadata (the `phonenumbers` package).

Both are in git, so that dbt needs neither package; a test regenerates them and
compares.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata

import phonenumbers
from babel import Locale
from faker.providers.date_time import Provider as IsoCodes

from customer360.settings import ROOT

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt")
"""Their names of countries are accepted, the first language's before the next's."""

ALIASES = {
    "america": "US",
    "channelislands": "JE",
    "czechrepublic": "CZ",
    "eire": "IE",
    "england": "GB",
    "ger": "DE",
    "greatbritain": "GB",
    "holland": "NL",
    "northernireland": "GB",
    "rsa": "ZA",
    "scotland": "GB",
    "uae": "AE",
    "uk": "GB",
    "unitedstatesofamerica": "US",
    "usa": "US",
    "wales": "GB",
}
"""Everyday names that the CLDR does not list."""

_NUMBER_TYPES = (
    *("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost"),
    *("voip", "personal_number", "pager", "uan", "voicemail"),
)

# Letters that decompose into nothing simpler, as PostgreSQL's unaccent reads them.
_PLAIN_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th"}
)


def name_key(name: str) -> str:
    """Reduce a name to what the SQL macro `letters_only` leaves of it."""
    folded = unicodedata.normalize("NFKD", name.casefold().translate(_PLAIN_LETTERS))
    return "".join(letter for letter in folded if letter.isalpha())


def country_names() -> list[dict[str, str]]:
    """One row per way to write a country: `name_key`, `country_code` (ISO 3166-1)."""
    codes = sorted(phonenumbers.SUPPORTED_REGIONS)
    by_key = dict(ALIASES)
    for code in codes:
        by_key.setdefault(code.lower(), code)
    for country in IsoCodes.countries:
        if country.alpha_2_code in codes:
            by_key.setdefault(country.alpha_3_code.lower(), country.alpha_2_code)
    for language in LANGUAGES:
        territories = Locale(language).territories
        for code in codes:
            if code in territories:
                key = name_key(territories[code])
                by_key.setdefault(key, code)
                if language == "en":
                    by_key.setdefault(f"the{key}", code)
    return [
        {"name_key": key, "country_code": by_key[key]} for key in sorted(by_key) if key
    ]


def phone_rules() -> list[dict[str, str]]:
    """One row per country with a phone plan of its own.

    `is_main_country` is true for the one country of a shared calling code whose
    rules read a number that comes with that code; its `valid_number` covers all of
    them, the others' is empty. Patterns are regular expressions that PostgreSQL and
    Java read alike.
    """
    rows = []
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
        code = metadata.country_code
        is_main = phonenumbers.region_code_for_country_code(code) == region
        lengths = metadata.general_desc.possible_length
        rows.append(
            {
                "country_code": region,
                "calling_code": str(code),
                "is_main_country": str(is_main).lower(),
                "international_prefix": _pattern(metadata.international_prefix),
                "national_prefix": _pattern(metadata.national_prefix_for_parsing),
                # in PostgreSQL's notation; libphonenumber writes $1 for group 1
                "national_prefix_replacement": re.sub(
                    r"\$(\d)", r"\\\1", metadata.national_prefix_transform_rule or ""
                ),
                "national_number": _pattern(
                    metadata.general_desc.national_number_pattern
                ),
                "valid_number": _valid_number(code) if is_main else "",
                "possible_lengths": f"|{'|'.join(map(str, lengths))}|",
                "max_length": str(max(lengths)),
            }
        )
    return rows


def _valid_number(calling_code: int) -> str:
    """Pattern of the numbers of every type and country of a calling code."""
    found: dict[str, None] = {}
    for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[calling_code]:
        metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
        for kind in _NUMBER_TYPES:
            plan = getattr(metadata, kind)
            if plan is not None and plan.national_number_pattern:
                pattern = _pattern(plan.national_number_pattern)
                found |= dict.fromkeys(_alternatives(pattern))
    return "|".join(found)


def _alternatives(pattern: str) -> list[str]:
    """Split a pattern at the bars that stand in no bracket."""
    parts, depth = [""], 0
    for sign in re.findall(r"\\.|\[[^\]]*\]|.", pattern):
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _pattern(pattern: str | None) -> str:
    return re.sub(r"\s", "", pattern or "")


SEEDS = {"country_names.csv": country_names, "phone_rules.csv": phone_rules}


def render(rows: list[dict[str, str]]) -> str:
    """Rows as the CSV text of a seed."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


if __name__ == "__main__":
    for name, build in SEEDS.items():
        path = ROOT / "dbt_project" / "seeds" / name
        path.write_text(render(build()), encoding="utf-8")
