"""Phone numbers as people write them, and what libphonenumber makes of each."""

from __future__ import annotations

import random
from collections.abc import Iterator

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

PER_COUNTRY = 6
"""Numbers made up for each country, beside the examples of the metadata."""

WRITTEN = {
    ("AR", "011 15-2345-6789"): "+5491123456789",
    ("AU", "0011 44 20 7031 3000"): "+442070313000",
    ("BR", "0 15 11 98765-4321"): "+5511987654321",
    ("CH", " 044 668 18 00 "): "+41446681800",
    ("DE", "0049 (0) 30 / 901820"): "+4930901820",
    ("FR", "01.42.68.53.00"): "+33142685300",
    ("FR", "tel: +33 1 42 68 53 00"): "+33142685300",
    ("GB", "+44 (0)20 7946 0958"): "+442079460958",
    ("HU", "06 1 234 5678"): "+3612345678",
    ("IT", "06 6982"): "+39066982",
    ("JP", "０３-３２２４-９９９９"): "+81332249999",  # noqa: RUF001
    ("MX", "+52 55 1234 5678"): "+525512345678",
    ("NL", "+31(0)20-7971234"): "+31207971234",
    ("RU", "8 (495) 123-45-67"): "+74951234567",
    ("US", "1.212.736.5000"): "+12127365000",
    ("US", "212/736/5000 ext 4"): "+12127365000",
}
"""(country, number as people write it) → E.164."""

_TYPES = (
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.MOBILE,
    PhoneNumberType.TOLL_FREE,
)


def specimens(seed: int) -> list[tuple[str, str]]:
    """(country, number as written) pairs, each once, of every country with a plan."""
    chance = random.Random(seed)
    found = {
        (region, text)
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
        for number in _numbers(region, chance)
        for text in _notations(region, number)
    }
    return sorted(found | WRITTEN.keys())


def expected(region: str, text: str) -> str | None:
    """E.164 of a number that libphonenumber calls valid, else None."""
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _numbers(region: str, chance: random.Random) -> Iterator[phonenumbers.PhoneNumber]:
    """Numbers of a country: examples, neighbours of them, and some that are none."""
    for kind in _TYPES:
        example = phonenumbers.example_number_for_type(region, kind)
        if example is None:
            continue
        yield example
        digits = str(example.national_number)
        for _ in range(PER_COUNTRY):
            kept = digits[: chance.choice((2, 3, len(digits) // 2))]
            missing = len(digits) - len(kept)
            end = "".join(chance.choices("0123456789", k=missing))
            yield _number(example.country_code, kept + end)
        yield _number(example.country_code, digits[:-1])
        yield _number(example.country_code, digits + chance.choice("0123456789"))


def _number(country_code: int, national: str) -> phonenumbers.PhoneNumber:
    leading_zeros = len(national) - len(national.lstrip("0"))
    return phonenumbers.PhoneNumber(
        country_code=country_code,
        national_number=int(national),
        italian_leading_zero=leading_zeros > 0 or None,
        number_of_leading_zeros=leading_zeros if leading_zeros > 1 else None,
    )


def _notations(region: str, number: phonenumbers.PhoneNumber) -> Iterator[str]:
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    international = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    yield national
    yield national.replace(" ", "-")
    yield f"{national} ext. 123"
    yield international
    yield f"{international} x45"
    yield e164
    yield e164.removeprefix("+")
    yield phonenumbers.national_significant_number(number)
    prefix = phonenumbers.PhoneMetadata.metadata_for_region(region).international_prefix
    if prefix and prefix.isdigit():
        yield prefix + e164.removeprefix("+")
