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


def end_quickly() -> None:
    """Have this process end without searching all that it holds for garbage.

    Python does so at the end, which takes seconds in a process as large as Airflow's.
    """
    atexit.register(gc.freeze)


def keep_garbage() -> None:
    """Look for garbage seldom: for a process that ends soon and keeps what it makes."""
    gc.set_threshold(1_000_000)
    end_quickly()


def _watch(parent: int, how: signal.Signals) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), how)
