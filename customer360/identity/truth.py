"""The generators' truth in the database, for `identity_quality` to score against."""

from __future__ import annotations

import hashlib
from pathlib import Path

import psycopg

from customer360 import warehouse
from customer360.errors import UserError
from customer360.settings import Settings

FILE = "records.csv"
_BLOCK = 1 << 20


def load_truth(settings: Settings, path: Path | None = None) -> None:
    """Have the database know what the truth's file does: nothing, without one.

    Cheap where it is the same as before. UserError: the file is none of the
    generators'.
    """
    path = path or settings.truth_dir / FILE
    known = _sha256(path) if path.exists() else None
    with warehouse.connect(settings, "loader") as connection:
        row = connection.execute(
            "select _file_sha256 from raw.identity_truth limit 1"
        ).fetchone()
        if known == (row and row[0]):
            return
        # whoever reads the old rows is not disturbed, as by a truncate
        connection.execute("delete from raw.identity_truth")
        if known is None:
            return
        connection.execute("select set_config('c360.file_sha256', %s, true)", (known,))
        statement = (
            "copy raw.identity_truth (system, entity, record_id, person_id) "
            "from stdin (format csv, header match)"
        )
        try:
            with path.open("rb") as file, connection.cursor().copy(statement) as copy:
                while block := file.read(_BLOCK):
                    copy.write(block)
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            raise UserError(
                f"{path} is not the truth of generated records "
                f"({error.diag.message_primary}): remove it, or generate it again."
            ) from None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
