"""Marts to `published`: all of one tested run in one transaction, or nothing.

dbt builds in schemas of its own. `publish` compares the public marts with the
tables that readers see and brings over what differs, after making sure that the
tests passed for that very build. Whoever reads `published` sees one run whole:
the last good one while the next is being built, fails or is killed.
"""

from __future__ import annotations

from customer360.publish.publication import (
    Publication,
    PublishedTable,
    Refused,
    publish,
)

__all__ = ["Publication", "PublishedTable", "Refused", "publish"]
