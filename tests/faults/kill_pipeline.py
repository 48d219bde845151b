"""Kill the running pipeline at random moments, and compare with an undisturbed twin.

    python -m tests.faults.kill_pipeline --kills 10

runs the whole experiment in a temporary folder, with a server of its own, from the
repository's root: about ten minutes on two processors. It says what it does as it
goes, and exits with 1 if anything is not as it should be.

One run on generated data is the state before. Then more files arrive, and the run
that should bring them in is killed with SIGKILL, again and again: now the process
alone, now its whole process group, at a random moment of a step drawn from all
steps. When a killed run had published after all, yet more files arrive, so that
the next one has something to do. All the while four readers query `published`, and
one of them exports it. At last a run is left alone. Its exports must be, byte for
byte, those of a copy of the database that got the same files in the same order and
was never disturbed; so must the raw rows, and the tables that are there.

With `--postmaster`, the last run's PostgreSQL is killed, too, while dbt builds, and
the readers put up with that. The run may fail with a clear message; then it is
started again.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from psycopg import sql

from customer360 import warehouse
from customer360.settings import ROOT, Settings
from customer360.warehouse.server import EmbeddedServer
from data_generators import generate

from . import reader

CUSTOMER360 = Path(sys.executable).with_name("customer360")
STEPS = ("start", "discover", "load", "dbt", "publish", "export")

_DECK = (*STEPS, "load", "dbt", "dbt", "publish")
"""Ten kills: one in each step, and more where there is more to break."""
_FIRST_DAY = date(2026, 6, 30)
_RUN_SECONDS = 900.0
_DEATH_SECONDS = 20.0
_RECOVERY_SECONDS = 90.0
_LAST_LOOK_SECONDS = 4.0

Say = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class Moment:
    """When to kill: a share of a step's usual duration after the step began."""

    step: str
    share: float
    group: bool
    """Whether the whole process group dies, or the pipeline's own process alone."""

    def __str__(self) -> str:
        victim = "the process group" if self.group else "the process alone"
        return f"{self.share:.0%} into {self.step}, {victim}"


def random_moments(count: int, seed: int) -> list[Moment]:
    """Moments that leave no step out if there are enough of them."""
    rng = random.Random(seed)
    steps: list[str] = []
    while len(steps) < count:
        steps += rng.sample(_DECK, k=len(_DECK))
    return [
        Moment(step, rng.random(), bool((number + seed) % 2))
        for number, step in enumerate(steps[:count])
    ]


# ---- a database with its folders -----------------------------------------


@dataclasses.dataclass(frozen=True)
class Site:
    """A database, its landing and export folders, and dbt's target folder."""

    settings: Settings
    folder: Path

    @classmethod
    def make(cls, home: Path, folder: Path, name: str) -> Site:
        """Name a database on the embedded server of `home`, and folders for it."""
        settings = Settings(
            home=home,
            database_url=f"embedded:///{name}",
            landing_dir=folder / name / "landing",
            export_dir=folder / name / "export",
        )
        return cls(settings, folder / name)

    def copy(self, name: str) -> Site:
        """Another database and other folders, with the same in them."""
        twin = Site.make(self.settings.home, self.folder.parent, name)
        shutil.copytree(self.folder, twin.folder)
        with warehouse.connect(self.server, "admin", autocommit=True) as connection:
            connection.execute(
                sql.SQL("create database {} template {}").format(
                    sql.Identifier(name), sql.Identifier(self.folder.name)
                )
            )
        return twin

    @property
    def server(self) -> Settings:
        """Settings on a database of the same server to which nobody else connects."""
        return dataclasses.replace(self.settings, database_url="embedded:///keeper")

    def environment(self) -> dict[str, str]:
        """The environment of a person who works on this site."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("C360_", "PG", "DBT_", "AIRFLOW"))
        }
        return kept | {
            "C360_HOME": str(self.settings.home),
            "C360_DATABASE_URL": self.settings.database_url,
            "C360_LANDING_DIR": str(self.settings.landing_dir),
            "C360_EXPORT_DIR": str(self.settings.export_dir),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
        }

    def receive(self, day: int, records: int) -> None:
        """Have a day's files arrive: customers, changed and new, and their sales."""
        until = _FIRST_DAY + timedelta(days=30 * day)
        with tempfile.TemporaryDirectory(dir=self.folder.parent) as scratch:
            made = generate(
                landing_dir=Path(scratch),
                truth_dir=Path(scratch),
                customer_records=records if day == 0 else max(1, records // 4),
                seed=day,
                until=until,
                systems=["csv"],
            )
            self.settings.landing_dir.mkdir(parents=True, exist_ok=True)
            for path in made.rows:
                name = f"{path.stem}_{until}.csv"
                path.rename(self.settings.landing_dir / name)

    def contents(self) -> tuple[str, str]:
        """Run and content of what is published, as the readers see it."""
        with warehouse.connect(self.settings, "reporter") as connection:
            return reader.by_statement(connection, reader.tables(connection))

    def state(self) -> dict[str, Any]:
        """What a run leaves behind, batch numbers and times apart."""
        found: dict[str, Any] = {}
        with warehouse.connect(self.settings, "admin") as connection:
            relations = connection.execute(
                "select relnamespace::regnamespace::text, relname::text from pg_class "
                "where relkind in ('r', 'v') and relnamespace::regnamespace::text "
                "not in ('pg_catalog', 'information_schema') order by 1, 2"
            ).fetchall()
            found["relations"] = relations
            for schema, name in relations:
                if schema == "raw":
                    found[name] = connection.execute(
                        sql.SQL(
                            "select count(*), sum(hashtextextended((to_jsonb(seen) "
                            "- '{{_batch_id,_loaded_at}}'::text[])::text, 0)::numeric) "
                            "from {} as seen"
                        ).format(sql.Identifier(schema, name))
                    ).fetchone()
        return found

    def exports(self) -> dict[str, bytes]:
        """Every file of the export folder, hidden ones included."""
        return {
            path.name: path.read_bytes()
            for path in sorted(self.settings.export_dir.iterdir())
        }

    def run(self) -> Run:
        """Run the pipeline to its end, which must be a good one."""
        run = Run(self)
        assert run.wait() == 0, run.text
        return run


# ---- one run of the pipeline ---------------------------------------------


class Run:
    """`customer360 run` in a process group of its own, watched step by step."""

    def __init__(self, site: Site) -> None:
        self.began: dict[str, float] = {}
        self.took: dict[str, float] = {}
        """Seconds by step, as the run itself says."""
        self._lines: list[str] = []
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            [CUSTOMER360, "run"],
            env=site.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def text(self) -> str:
        """All that it printed."""
        return "".join(self._lines)

    def wait(self) -> int:
        """Wait for its end; returns the exit code."""
        code = self.process.wait(_RUN_SECONDS)
        self._listener.join(_DEATH_SECONDS)
        return code

    def reach(self, step: str, seconds: float) -> bool:
        """Wait until so long after a step began; False if the run ended before."""
        with self._changed:
            self._changed.wait_for(
                lambda: step in self.began or not self._listener.is_alive(),
                _RUN_SECONDS,
            )
        if step not in self.began:
            return False
        with self._changed:
            self._changed.wait_for(
                lambda: not self._listener.is_alive(),
                max(0.0, self.began[step] + seconds - time.monotonic()),
            )
        return self.process.poll() is None

    def kill(self, *, group: bool) -> None:
        """Kill it, and see that nothing of it lives on."""
        if group:
            os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.kill()
        self.process.wait()
        deadline = time.monotonic() + _DEATH_SECONDS
        while left := _living(self.process.pid):
            assert time.monotonic() < deadline, f"these live on: {left}"
            time.sleep(0.1)
        self._listener.join(_DEATH_SECONDS)

    def _listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self._changed:
                self._lines.append(line)
                if found := re.match(r"… (\w+)", line):
                    self.began.setdefault(found[1], time.monotonic())
                if found := re.match(r"✓ (\w+) +([\d.]+) s", line):
                    self.took[found[1]] = float(found[2])
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()


def _living(group: int) -> list[str]:
    """Processes of a process group that have not ended."""
    listing = subprocess.run(
        ["ps", "-A", "-o", "pgid=,stat=,pid=,args="], capture_output=True, text=True
    )
    lines = (line.split(maxsplit=3) for line in listing.stdout.splitlines())
    return [
        f"{pid} {' '.join(command)}"
        for pgid, state, pid, *command in lines
        if pgid == str(group) and not state.startswith("Z")
    ]


# ---- readers -------------------------------------------------------------


class Readers:
    """Four readers at work, each in a process of its own."""

    def __init__(self, site: Site, patience: float) -> None:
        self.reports: list[dict[str, Any]] = []
        self._processes = []
        for kind in reader.KINDS:
            folder = site.folder / f"read_{kind}"
            process = subprocess.Popen(
                [sys.executable, reader.__file__, kind, folder, str(patience)],
                env=site.environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            self._processes.append(process)
        for process in self._processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"

    def stop(self) -> None:
        """Have them end and report."""
        for process in self._processes:
            answer, _ = process.communicate(timeout=60)
            self.reports.append(json.loads(answer))

    def check(self, contents: dict[str, str], exports: str) -> None:
        """Each reading was of one run, and none failed."""
        for report in self.reports:
            assert not report["error"], report["error"]
            assert report["reads"] > 0, report["kind"]
            for run_id, seen in report["seen"].items():
                assert len(seen) == 1, f"{report['kind']} saw {run_id} differently"
                assert run_id in contents, f"{report['kind']} saw {run_id}: which run?"
                if report["kind"] != "export":
                    assert seen == [contents[run_id]], f"{report['kind']}: {run_id}"
        final = list(contents)[-1]
        for report in self.reports:
            expected = exports if report["kind"] == "export" else contents[final]
            assert report["seen"].get(final) == [expected], report["kind"]

    def __enter__(self) -> Readers:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
            process.wait()


# ---- the experiment ------------------------------------------------------


@dataclasses.dataclass
class Result:
    """What an experiment came to, when all was as it should be."""

    kills: list[str]
    days: int
    """How many times new files arrived after the first run."""
    runs_seen: int
    reads: int
    slowest_read: float
    exports: int
    seconds: float


def experiment(
    home: Path,
    folder: Path,
    moments: Sequence[Moment],
    *,
    records: int = 1000,
    kill_server: float | None = None,
    say: Say = lambda line: None,
) -> Result:
    """Do what the module says, on the server of `home`; AssertionError if it fails.

    `kill_server`: after which share of dbt's usual time, in the last run.
    """
    began = time.monotonic()
    before = Site.make(home, folder, "before")
    before.receive(0, records)
    usual = before.run().took
    say(f"first run: {_seconds(usual)}")
    warehouse.ensure_ready(before.server)
    disturbed, twin = before.copy("disturbed"), before.copy("twin")

    day = 1
    disturbed.receive(day, records)
    twin.receive(day, records)
    undisturbed = Run(twin)  # beside the others: there are two processors
    contents = dict([disturbed.contents()])
    kills = []
    with Readers(disturbed, _RECOVERY_SECONDS if kill_server else 0.0) as readers:
        for moment in moments:
            run_id, content = _killed(disturbed, moment, usual, kills, say)
            if run_id not in contents and len(kills) < len(moments):
                day += 1
                disturbed.receive(day, records)
                say(f"  it had published {run_id[:8]}: files of day {day} arrive")
            contents[run_id] = content
        if kill_server:
            _run_with_server_killed(disturbed, usual, kill_server, kills, say)
        else:
            disturbed.run()
        # each of them shall see the new run, too
        time.sleep(_LAST_LOOK_SECONDS)
        readers.stop()
    final_run, content = disturbed.contents()
    contents.pop(final_run, None)
    contents[final_run] = content
    say(f"last run: published {final_run[:8]}")

    assert undisturbed.wait() == 0, undisturbed.text
    for later in range(2, day + 1):
        twin.receive(later, records)
        twin.run()
    _, exports = reader.exported(disturbed.settings.export_dir)
    readers.check(contents, exports)
    _compare(disturbed, twin)
    return Result(
        kills=kills,
        days=day,
        runs_seen=len({run for r in readers.reports for run in r["seen"]}),
        reads=sum(report["reads"] for report in readers.reports),
        slowest_read=max(
            r["slowest"] for r in readers.reports if r["kind"] != "export"
        ),
        exports=sum(r["reads"] for r in readers.reports if r["kind"] == "export"),
        seconds=time.monotonic() - began,
    )


def _killed(
    site: Site, moment: Moment, usual: dict[str, float], kills: list[str], say: Say
) -> tuple[str, str]:
    """Start a run and kill it; returns what is published then."""
    while True:
        run = Run(site)
        if run.reach(moment.step, moment.share * usual.get(moment.step, 0.0)):
            run.kill(group=moment.group)
            kills.append(str(moment))
            say(f"kill {len(kills)}: {moment}")
            return site.contents()
        assert run.wait() == 0, run.text
        say(f"  {moment}: the run was faster")
        published = site.contents()
        # nothing new is left for another try at this moment
        if moment.step == "export":
            return published
        moment = dataclasses.replace(moment, share=moment.share / 2)


def _run_with_server_killed(
    site: Site, usual: dict[str, float], share: float, kills: list[str], say: Say
) -> None:
    """Kill PostgreSQL's postmaster at a share of dbt's time; run again if need be."""
    run = Run(site)
    assert run.reach("dbt", usual["dbt"] * share), run.text
    pid = EmbeddedServer(site.settings.home).pid()
    assert pid
    os.kill(pid, signal.SIGKILL)
    kills.append(f"{share:.0%} into dbt, PostgreSQL's postmaster")
    code = run.wait()
    say(f"kill {len(kills)}: {kills[-1]}; the run ended with {code}")
    for line in run.text.splitlines():
        if line.startswith(("!", "✗", "error:")):
            say(f"  {line}")
    assert "Traceback" not in run.text, run.text
    if code:
        site.run()


def _compare(disturbed: Site, twin: Site) -> None:
    ours, theirs = disturbed.exports(), twin.exports()
    assert ours.keys() == theirs.keys()
    different = [name for name in ours if ours[name] != theirs[name]]
    assert not different, f"these exports differ: {different}"
    assert len(ours) > 2
    mine, other = disturbed.state(), twin.state()
    assert mine.keys() == other.keys()
    for name in mine:
        assert mine[name] == other[name], name


def _seconds(took: dict[str, float]) -> str:
    return ", ".join(f"{step} {seconds:.1f} s" for step, seconds in took.items())


# ---- by hand -------------------------------------------------------------


@contextmanager
def own_server(folder: Path) -> Iterator[Path]:
    """The home of an embedded server that is stopped at the end."""
    home = folder / "home"
    settings = Site.make(home, folder, "keeper").settings
    try:
        warehouse.ensure_ready(settings)
        yield home
    finally:
        warehouse.stop(settings)


def main() -> None:
    """Run the experiment for a person."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        prog="python -m tests.faults.kill_pipeline",
    )
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--records", type=int, default=1000)
    parser.add_argument("--postmaster", action="store_true")
    parser.add_argument("--keep", action="store_true", help="keep the folder")
    chosen = parser.parse_args()
    os.chdir(ROOT)
    folder = Path(tempfile.mkdtemp(prefix="customer360-faults-"))
    print(f"seed {chosen.seed}, {folder}", flush=True)
    try:
        with own_server(folder) as home:
            result = experiment(
                home,
                folder,
                random_moments(chosen.kills, chosen.seed),
                records=chosen.records,
                kill_server=random.Random(chosen.seed).uniform(0.1, 0.8)
                if chosen.postmaster
                else None,
                say=lambda line: print(line, flush=True),
            )
    except AssertionError as error:
        sys.exit(f"FAILED: {error}")
    finally:
        if not chosen.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(
        f"{len(result.kills)} kills, files of {result.days} days, "
        f"{result.reads:,} readings of {result.runs_seen} runs without an error or a "
        f"mixture (slowest {result.slowest_read:.1f} s), {result.exports} exports "
        f"meanwhile; exports, raw rows and tables equal the twin's "
        f"({result.seconds:.0f} s)."
    )


if __name__ == "__main__":
    main()
