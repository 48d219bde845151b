"""What a run takes, and of which machine."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

from customer360.settings import Settings

SAMPLE_SECONDS = 1.0


def settings_in(folder: Path) -> Settings:
    """Everything below one folder, with an embedded server of its own."""
    return Settings(
        home=folder / "home",
        database_url="embedded:///customer360",
        landing_dir=folder / "landing",
        export_dir=folder / "export",
    )


def machine(*packages: str) -> str:
    """What the figures were taken on, with the versions of these packages."""
    packages = packages or ("apache-airflow-core", "astronomer-cosmos", "dbt-core")
    return ", ".join(
        [
            f"{platform.system()} {platform.machine()}",
            f"{os.cpu_count()} cores",
            f"{psutil.virtual_memory().total / 1e9:.0f} GB",
            f"load {psutil.getloadavg()[0]:.1f}",
            f"Python {platform.python_version()}",
            *(f"{name} {importlib.metadata.version(name)}" for name in packages),
        ]
    )


@dataclass
class Watch:
    """What a run took, measured while its block runs; PostgreSQL's part is left out."""

    seconds: float = 0.0
    dag_run: float | None = None
    """Seconds from start to end of the DagRun, by Airflow's own record."""
    cpu: float = 0.0
    """Seconds of CPU time."""
    processes: int = 0
    """The most at one time."""
    megabytes: float = 0.0
    """The most at one time; what processes share counts once, where it is known."""
    steps: int = 0
    """How many steps a person sees."""
    trouble: str = ""

    def __enter__(self) -> Self:
        self._over = threading.Event()
        self._sampler = threading.Thread(target=self._sample)
        self._sampler.start()
        self._cpu, self._began = _cpu_seconds(), time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.monotonic() - self._began
        self.cpu = _cpu_seconds() - self._cpu
        self._over.set()
        self._sampler.join()

    def _sample(self) -> None:
        while not self._over.wait(SAMPLE_SECONDS):
            sizes = []
            for process in psutil.Process().children(recursive=True):
                with suppress(psutil.Error):
                    memory = process.memory_full_info()
                    sizes.append(getattr(memory, "pss", memory.rss))
            self.processes = max(self.processes, len(sizes))
            self.megabytes = max(self.megabytes, sum(sizes) / 1e6)


def _cpu_seconds() -> float:
    """CPU time of this process and all below it, those that have ended included."""
    total, me = 0.0, psutil.Process()
    for process in (me, *me.children(recursive=True)):
        with suppress(psutil.Error):
            total += sum(process.cpu_times()[:4])
    return total


def table(measured: dict[str, list[Watch]], baseline: str) -> Iterator[str]:
    """The figures as Markdown: medians of time, and the most of what was held."""
    names = ["way", "seconds", "ratio", "DagRun", "CPU s", "steps", "processes", "MB"]
    yield f"| {' | '.join(names)} | runs |\n|{'---|' * (len(names) + 1)}"
    for name, watches in measured.items():
        good = [w for w in watches if not w.trouble]
        bad = [w.trouble for w in watches if w.trouble]
        # each run against the baseline of its own round
        ratios = [
            watch.seconds / base.seconds
            for watch, base in zip(watches, measured.get(baseline, []), strict=False)
            if not watch.trouble and not base.trouble
        ]
        cells = [
            _median([w.seconds for w in good]),
            _median(ratios, 2),
            _median([w.dag_run for w in good if w.dag_run is not None]),
            _median([w.cpu for w in good], 0),
            _median([w.steps for w in good], 0),
            f"{max(w.processes for w in watches)}",
            f"{max(w.megabytes for w in watches):,.0f}",
            f"{len(good)} of {len(watches)}" + "".join(f": {why}" for why in bad[:1]),
        ]
        yield f"| {name} | {' | '.join(cells)} |"


def _median(values: list[float], digits: int = 1) -> str:
    return f"{statistics.median(values):.{digits}f}" if values else ""
