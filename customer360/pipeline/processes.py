"""Processes that we start: how they end, and what they need not do before."""

from __future__ import annotations

import atexit
import ctypes
import gc
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1


def die_with(parent: int, how: signal.Signals = signal.SIGKILL) -> None:
    """Have this process sent a signal when `parent`, which started it, ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, how)
    else:
        threading.Thread(target=_watch, args=(parent, how), daemon=True).start()
    if os.getppid() != parent:  # it ended before we got here
        os.kill(os.getpid(), how)


def keep_garbage() -> None:
    """Have this process look for garbage seldom, and not at all when it ends.

    dbt and Airflow keep nearly all that they make while they start, and searched it
    again and again: a quarter of their time, and seconds of Airflow's at the end.
    """
    gc.set_threshold(1_000_000)
    atexit.register(gc.freeze)


def _watch(parent: int, how: signal.Signals) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), how)
