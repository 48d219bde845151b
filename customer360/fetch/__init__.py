"""Records of APIs and other databases into the landing folder: docs/loading.md."""

from customer360.fetch.connections import Connection, declared_connections
from customer360.fetch.fetch import FetchResult, fetch, fetch_connection

__all__ = [
    "Connection",
    "FetchResult",
    "declared_connections",
    "fetch",
    "fetch_connection",
]
