"""Files of the landing folder into the raw schema, exactly once: docs/loading.md."""

from customer360.ingest.declarations import DeclaredTable, declared_tables
from customer360.ingest.folder import check_free, is_untouched, load_landing
from customer360.ingest.landing import LandingFile, discover, unrecognised
from customer360.ingest.load import LoadResult, load_files, new_batch, units
from customer360.ingest.tables import create_declared_tables

__all__ = [
    "DeclaredTable",
    "LandingFile",
    "LoadResult",
    "check_free",
    "create_declared_tables",
    "declared_tables",
    "discover",
    "is_untouched",
    "load_files",
    "load_landing",
    "new_batch",
    "units",
    "unrecognised",
]
