"""What the database URL means: a database on the embedded server, or any other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from customer360.errors import UserError
from customer360.settings import Settings

_EMBEDDED = re.compile(r"embedded:///([a-z_][a-z0-9_]{0,62})")
_RESERVED = {"postgres", "template0", "template1"}


@dataclass(frozen=True)
class Embedded:
    """A database of this name on the server that the product runs itself."""

    home: Path
    database: str


@dataclass(frozen=True)
class Given:
    """A PostgreSQL server somebody else runs."""

    params: dict[str, str]
    """libpq's connection parameters, as the URL has them."""

    @property
    def database(self) -> str:
        """The database's name."""
        return self.params["dbname"]


def locate(settings: Settings) -> Embedded | Given:
    """Read `settings.database_url`; UserError says what is wrong with it.

    The URL is never quoted in a message: it may hold a password.
    """
    url = settings.database_url
    if url.startswith("embedded:"):
        match = _EMBEDDED.fullmatch(url)
        if not match or match[1] in _RESERVED:
            raise UserError(
                "C360_DATABASE_URL must be embedded:///NAME with a NAME of small "
                "letters, digits and underscores, such as embedded:///customer360."
            )
        return Embedded(settings.home, match[1])

    scheme = url.partition("://")[0] if "://" in url else ""
    if scheme not in ("postgresql", "postgres"):
        raise UserError(
            "C360_DATABASE_URL must look like "
            "postgresql://user:password@host:5432/database (or embedded:///NAME)"
            + (
                f"; it starts with {scheme}://."
                if re.fullmatch(r"[a-z0-9+]{1,30}", scheme)
                else "."
            )
        )
    try:
        params = {
            name: str(value)
            for name, value in conninfo_to_dict(url).items()
            if value not in (None, "")
        }
    except psycopg.Error:
        # libpq's message would quote parts of the URL
        raise UserError(
            "C360_DATABASE_URL cannot be read. Write special characters in the user "
            "name or password percent-encoded (@ is %40, / is %2F, % is %25)."
        ) from None
    if "dbname" not in params:
        raise UserError(
            "C360_DATABASE_URL names no database: add it after the host, as in "
            "postgresql://user:password@host:5432/database."
        )
    if any("," in params.get(name, "") for name in ("host", "hostaddr", "port")):
        raise UserError("C360_DATABASE_URL must name one host, not a list of hosts.")
    port = params.get("port", "5432")
    if not re.fullmatch(r"\d{1,5}", port) or not 0 < int(port) < 65536:
        raise UserError("C360_DATABASE_URL: the port must be a number below 65536.")
    return Given(params)
