"""Work done ahead: the next things are made while the last ones are used."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

_AHEAD = 2


@contextmanager
def made_ahead(things: Iterable[T]) -> Iterator[Iterator[T]]:
    """The same things, but a thread of their own makes them, a few ahead.

    What making them raises is raised where the next thing is asked for. No thread
    works on when the block has been left.
    """
    source = iter(things)
    end = object()
    pool = ThreadPoolExecutor(1, thread_name_prefix="ahead")

    def take() -> Iterator[T]:
        coming = deque(pool.submit(next, source, end) for _ in range(_AHEAD))
        while (thing := coming.popleft().result()) is not end:
            coming.append(pool.submit(next, source, end))
            yield thing

    try:
        yield take()
    finally:
        pool.shutdown(cancel_futures=True)
