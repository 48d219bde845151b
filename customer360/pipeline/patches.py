"""Changes to the inside of another program, which is left as it is if it is another."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)


def make(changes: tuple[Callable[[], None], ...], otherwise: str) -> None:
    """Make each change, or say `otherwise` and why it was not made.

    A change raises `ImportError` or `AttributeError` before it changes anything where
    the program is not what it was written for.
    """
    for change in changes:
        try:
            change()
        except (ImportError, AttributeError) as error:
            log.warning("%s: %s", otherwise, error)


def takes(function: Callable[..., Any], *arguments: str) -> None:
    """Raise `AttributeError` for a function that does not take these."""
    if missing := set(arguments) - set(inspect.signature(function).parameters):
        raise AttributeError(f"{function.__qualname__} takes no {', '.join(missing)}")
