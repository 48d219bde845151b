"""A small identity resolver of our own, to see whether the data can be resolved.

It shares no code with the product or the generators: what it reaches is what the
data offer, and what it reaches without its guards is how treacherous they are.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from contextlib import suppress
from difflib import SequenceMatcher

import pandas as pd

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_TITLES = re.compile(
    "mr|mrs|ms|miss|dr|prof|profa|herr|frau|m|monsieur|mme|madame|mlle|dhr|mevr|drs|ir|"
    "sr|sra|don|dona|dra|sig|sigra|dott|dottssa|ing|shri|smt"
)
_NOBODY = {"noreply", "none", "no", "na", "test", "info", "abc"}
_MANY = 4
"""An e-mail or a telephone of more different given names than this is junk."""


def email_key(text: str) -> str | None:
    """The mailbox that an e-mail as given reaches, or None."""
    text = text.strip().lower().removeprefix("mailto:").strip("<>")
    if not _EMAIL.fullmatch(text):
        return None
    local, domain = text.split("@")
    if domain == "gmail.com":
        local = local.split("+")[0].replace(".", "")
    return f"{local}@{domain}"


def phone_key(text: str) -> str | None:
    """The last nine digits of a telephone number as given, or None."""
    text = re.split(r"x|;|ext", text.strip().lower())[0].replace("(0)", "")
    digits = re.sub(r"\D", "", text)[-9:]
    return digits if len(digits) == 9 else None


def is_placeholder(key: str) -> bool:
    """Whether half the world gives this e-mail or telephone."""
    local = key.split("@")[0]
    return local in _NOBODY or len(set(key)) == 1 or key in "12345678901234567890"


def name_key(text: str) -> str:
    """A given name or surname in plain small letters, without titles."""
    with suppress(UnicodeError):
        text = text.encode("cp1252").decode("utf-8")
    text = unicodedata.normalize("NFKD", text.lower().split(",")[0])
    words = re.findall(r"[a-z]+", "".join(c for c in text if c.isalpha() or c == " "))
    return "".join(w for w in words if not _TITLES.fullmatch(w)) or "".join(words)


def alike(a: str, b: str) -> bool:
    """Whether two names may be spellings of one."""
    if not a or not b:
        return False
    likeness = SequenceMatcher(None, a, b, autojunk=False).ratio()
    return a.startswith(b) or b.startswith(a) or likeness >= 0.8


def agree(a: tuple[str, str], b: tuple[str, str]) -> bool:
    """Whether two (given name, surname) may be one person's."""
    return alike(a[0], b[0]) or (alike(a[0], b[1]) and alike(a[1], b[0]))


def resolve(records: pd.DataFrame, *, guards: bool) -> pd.Series:
    """A cluster for each record, by its customer_id."""
    names = {
        row.customer_id: (name_key(row.first_name), name_key(row.last_name))
        for row in records.itertuples()
    }
    parent = {key: key for key in records["customer_id"]}

    def root(key: str) -> str:
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for column, key_of in (("email", email_key), ("phone", phone_key)):
        keys = records[column].map(key_of)
        for key, ids in records.groupby(keys)["customer_id"]:
            members = sorted(set(ids))
            if guards:
                different = {names[m][0] for m in members}
                if len(different) > _MANY or is_placeholder(key):
                    continue
            for a, b in itertools.combinations(members, 2):
                if not guards or column == "email" or agree(names[a], names[b]):
                    parent[root(a)] = root(b)
    return pd.Series({key: root(key) for key in parent})


def pair_scores(found: pd.Series, truth: pd.Series) -> tuple[float, float, float]:
    """Precision, recall and F1 over pairs of records put together."""
    both = pd.DataFrame({"found": found, "truth": truth})

    def pairs(by: list[str]) -> int:
        sizes = both.groupby(by).size()
        return int((sizes * (sizes - 1) // 2).sum())

    right = pairs(["found", "truth"])
    precision, recall = right / pairs(["found"]), right / pairs(["truth"])
    return precision, recall, 2 * precision * recall / (precision + recall)
