"""A real API on this machine: pages, a key, a cursor, and bad moments."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

PAGE = 3


class Api:
    """What it serves, what it was asked, and how it answers."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v1/"
        self.key = "k-4711-not-to-be-told"
        self.records: list[dict[str, Any]] = []
        self.asked: list[dict[str, str]] = []
        """Parameters of each question that was answered."""
        self.moods: list[int] = []
        """What the next questions are answered instead: 429, 500 …"""
        self.after_page: Callable[[int], None] = lambda page: None
        """Called when a page has been put together."""
        self.body: bytes | None = None
        """What to answer, whatever was asked."""

    def answer(self, path: str, params: dict[str, str], key: str) -> tuple[int, bytes]:
        """Status and body."""
        if self.moods:
            return self.moods.pop(0), b"a bad moment"
        if key != self.key:
            return 401, b"who are you"
        if self.body is not None:
            return 200, self.body
        if path not in ("/v1/records", "/v1/numbered"):
            return 404, b"no such thing"
        self.asked.append(params)
        since = params.get("since")
        records = [
            record
            for record in self.records
            if since is None or str(record.get("updated")) >= since
        ]
        page = int(params.get("page", 1))
        chunk = records[(page - 1) * PAGE : page * PAGE]
        more = len(records) > page * PAGE
        answer: dict[str, Any] = {"records": chunk}
        if path == "/v1/records":
            params = {**params, "page": str(page + 1)}
            answer["next"] = f"{self.url}records?{urlencode(params)}" if more else None
        else:
            answer["pages"] = -(-len(records) // PAGE)
        body = json.dumps(answer).encode()
        self.after_page(page)
        return 200, body


@contextmanager
def served() -> Iterator[Api]:
    """An API that answers while this lasts."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            key = self.headers.get("X-Api-Key", "")
            status, body = api.answer(url.path, dict(parse_qsl(url.query)), key)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api = Api(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
