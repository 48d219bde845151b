"""Messages that may be kept in a log: without rows of the data."""

from __future__ import annotations

import re


def without_values(message: str) -> str:
    """PostgreSQL's message without the parts that quote rows of the data."""
    kept = []
    for line in message.splitlines():
        if re.match(r"\s*(DETAIL|CONTEXT|QUERY):", line):
            break
        # invalid input syntax for type date: "…", where … may have many lines
        before, quote, value = line.partition(': "')
        kept.append(f"{before}: (value not shown)" if quote else line)
        if quote and not value.endswith('"'):
            break
    return "\n".join(kept)
