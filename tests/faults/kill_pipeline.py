"""Kill the running pipeline at random moments, and compare with an undisturbed twin.

    python -m tests.faults.kill_pipeline --kills 10

runs the whole experiment in a temporary folder, with a server of its own, from the
repository's root: about ten minutes on two processors. It says what it does as it
goes, and exits with 1 if anything is not as it should be.

One run on generated data is the state before. From then on, whenever all files have
been loaded, those of another day arrive: customers, changed and new, and their
sales. So every run has something to publish, and every run is killed with SIGKILL:
now the process alone, now its whole process group, at a random moment of a step
drawn from all steps. At last a run is left alone.

All the while four readers query `published`, one of them by exporting it. At the
end a copy of the first database gets the same files in the same order, undisturbed.
Whatever a reader saw must be, in every value, what one of the copy's runs
published; the last exports must be the copy's, byte for byte, and so must the raw
rows, the load manifest, the customer keys and the list of tables. All that is not so
is told, not only the first of it.

With `--postmaster`, the last run's PostgreSQL is killed, too, while dbt builds. Then
the readers may find no database until it has recovered, and the run may fail with a
clear message and is started again.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby, pairwise
from pathlib import Path

import psycopg

from customer360 import warehouse
from customer360.settings import ROOT
from customer360.warehouse.server import EmbeddedServer

from . import reader
from .reader import Readers, Reading
from .site import STEPS, Run, Site, own_server

KEYS = "keys"
"""The moment in dbt when it has just remembered customer keys, not yet published."""
_DECK = (*STEPS, "load", KEYS)
"""Kills: one in each step, and another where there is something to break."""
_RECOVERY_SECONDS = 90.0
_SETTLED_SECONDS = 30.0

Say = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class Moment:
    """When to kill: a share of a step's usual duration after the step began.

    At `KEYS` there is one moment alone, whatever the share.
    """

    step: str
    share: float
    group: bool
    """Whether the whole process group dies, or the pipeline's own process alone."""

    def __str__(self) -> str:
        victim = "the process group" if self.group else "the process alone"
        if self.step == KEYS:
            return f"in dbt, with customer keys remembered, {victim}"
        return f"{self.share:.0%} into {self.step}, {victim}"


def random_moments(count: int, seed: int) -> list[Moment]:
    """Moments that leave no step out if there are enough of them."""
    rng = random.Random(seed)
    steps: list[str] = []
    while len(steps) < count:
        steps += rng.sample(_DECK, k=len(_DECK))
    return [Moment(step, rng.random(), rng.random() < 0.5) for step in steps[:count]]


@dataclasses.dataclass
class Result:
    """What an experiment came to, when all was as it should be."""

    kills: list[Moment]
    writing: int
    """In how many kills the server held changes that were not committed yet."""
    remembered: int
    """After how many kills there were customer keys that nobody had seen published."""
    days: int
    """How many times new files arrived after the first run."""
    published: int
    """How many runs were published, the first included."""
    readings: dict[str, int]
    """How many by each kind of reader."""
    refused: int
    """How many more found no database: none, unless it was killed, too."""
    slowest: float
    silence: float
    """The longest time from one reading's end to the end of that reader's next."""
    exports: int
    """Files of the last export, all equal to the copy's."""
    raw_rows: int
    seconds: float

    def __str__(self) -> str:
        by_step = Counter(moment.step for moment in self.kills)
        steps = ", ".join(f"{by_step[s]} in {s}" for s in STEPS if by_step[s])
        if by_step[KEYS]:
            steps += f", {by_step[KEYS]} as dbt had remembered customer keys"
        readings = ", ".join(f"{n:,} by {kind}" for kind, n in self.readings.items())
        return (
            f"{len(self.kills)} kills: {steps}; {self.writing} with changes not yet "
            f"committed, {self.remembered} with customer keys not yet published.\n"
            f"{self.days} days' files arrived, {self.published} runs were published.\n"
            f"{sum(self.readings.values()):,} readings ({readings}): no error, none "
            f"mixed; {self.refused} more found no database. The slowest took "
            f"{self.slowest:.1f} s, the longest silence was {self.silence:.1f} s.\n"
            f"{self.exports} exported files and {self.raw_rows:,} raw rows equal the "
            f"undisturbed copy's ({self.seconds:.0f} s in all)."
        )


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
    disturbed = Site.make(home, folder, "disturbed")
    warehouse.ensure_ready(disturbed.keeper)
    disturbed.receive(0, records)
    usual = _undisturbed(disturbed)
    say("first run: " + ", ".join(f"{s} {usual[s]:.2f} s" for s in usual))
    twin = disturbed.copy("twin")
    states = [_state(twin)]

    course = _Course(disturbed, records, usual, say)
    died = None
    with Readers(disturbed.folder, disturbed.environment()) as readers:
        for moment in moments:
            course.kill(moment)
        course.receive()
        say("the undisturbed copy gets the same files")
        for day in range(1, course.day):
            twin.receive(day, records)
            if day in course.published:
                _undisturbed(twin)
                states.append(_state(twin))
            else:
                twin.load()
        twin.receive(course.day, records)
        with Run(twin) as beside:
            if kill_server is None:
                course.run()
            assert beside.wait() == 0, beside.text
        states.append(_state(twin))
        if kill_server is not None:
            died = course.kill_server(kill_server)
        readings = readers.stop()

    published = list(course.published.values())
    faults = list(_other_runs(course.published, [run_id for run_id, _ in states]))
    for kind, found in readings.items():
        with _told(faults):
            _check(kind, found, published, dict(states), course.killed_at, died)
    exports, raw_rows = _compare(disturbed, twin, faults)
    assert not faults, "\n".join(faults)
    good = [[r for r in found if not r.refused] for found in readings.values()]
    return Result(
        kills=course.kills,
        writing=course.writing,
        remembered=course.remembered,
        days=course.day,
        published=len(states),
        readings=dict(zip(readings, map(len, good), strict=True)),
        refused=sum(bool(r.refused) for found in readings.values() for r in found),
        slowest=max(r.ended - r.began for found in good for r in found),
        silence=max(b.ended - a.ended for found in good for a, b in pairwise(found)),
        exports=exports,
        raw_rows=raw_rows,
        seconds=time.monotonic() - began,
    )


class _Course:
    """What happens to the disturbed database, run by run."""

    def __init__(
        self, site: Site, records: int, usual: dict[str, float], say: Say
    ) -> None:
        self.day = 0
        self.kills: list[Moment] = []
        self.killed_at: list[float] = []
        self.writing = 0
        self.remembered = 0
        self.published = {0: site.published()[0]}
        """Runs by the day whose files they were the first to show."""
        self._site = site
        self._records = records
        self._usual = usual
        self._say = say

    def receive(self) -> None:
        """Have another day's files arrive, unless there are files to load."""
        if self._site.has_loaded_everything():
            self.day += 1
            self._site.receive(self.day, self._records)
            self._say(f"day {self.day}: files arrive")

    def kill(self, moment: Moment) -> None:
        """Kill a run at this moment; if it is over by then, another one earlier."""
        while True:
            self.receive()
            with (
                # connected beforehand: the moment must not pass meanwhile
                warehouse.connect(self._site.keeper, "admin", autocommit=True) as eye,
                Run(self._site) as run,
            ):
                is_there = self._reach(run, moment)
                if is_there:
                    self._kill(run, moment, eye)
                else:
                    self._succeed(run)
            self._note_published()
            if is_there:
                return
            self._say(f"  {moment}: the run was faster")
            moment = dataclasses.replace(moment, share=moment.share / 2)

    def run(self) -> None:
        """Leave a run alone, which must succeed."""
        with Run(self._site) as run:
            self._succeed(run)
        self._note_published()

    def kill_server(self, share: float) -> float:
        """Kill PostgreSQL in a run, at a share of dbt's time; returns when.

        The run need not survive that. Then another one is left alone.
        """
        with Run(self._site) as run:
            assert run.reach("dbt", share * self._usual["dbt"]), run.text
            pid = EmbeddedServer(self._site.settings.home).pid()
            assert pid
            died = time.monotonic()
            os.kill(pid, signal.SIGKILL)
            self._say(f"PostgreSQL's postmaster is killed {share:.0%} into dbt")
            code = run.wait()
        self._say(f"  the run ended with {code}")
        for line in run.text.splitlines():
            if line.startswith(("!", "✗", "error:")):
                self._say(f"  {line}")
        assert "Traceback" not in run.text, run.text
        if code:
            self.run()
        else:
            self._note_published()
        return died

    def _reach(self, run: Run, moment: Moment) -> bool:
        if moment.step == KEYS:
            return run.reach_when("dbt", self._site.has_unpublished_keys)
        return run.reach(moment.step, moment.share * self._usual[moment.step])

    def _kill(self, run: Run, moment: Moment, eye: psycopg.Connection) -> None:
        working = eye.execute(
            "select backend_xid is not null, application_name, "
            # without dbt's comment on it
            r"left(regexp_replace(regexp_replace(query, '^/\*.*?\*/', ''), "
            r"'\s+', ' ', 'g'), 50) "
            "from pg_stat_activity where datname = %s and state <> 'idle' "
            "and usename <> 'c360_reporter' order by 1 desc, 2, 3",
            (self._site.folder.name,),
        ).fetchall()
        run.kill(group=moment.group)
        self.killed_at.append(time.monotonic())
        self.kills.append(moment)
        self.writing += any(has_written for has_written, *_ in working)
        self._say(f"kill {len(self.kills)}: {moment}")
        if self._site.has_unpublished_keys():
            self.remembered += 1
            self._say("  customer keys have been remembered and not published")
        for has_written, application, query in working:
            verb = "has written" if has_written else "works"
            self._say(f"  {application} {verb}: {query}")

    def _succeed(self, run: Run) -> None:
        assert run.wait() == 0, run.text
        self._usual |= run.took

    def _note_published(self) -> None:
        self._wait_for_writers()
        run_id, _ = self._site.published()
        if run_id not in self.published.values():
            assert self.day not in self.published, f"day {self.day} came out twice"
            self.published[self.day] = run_id
            self._say(f"  published: {run_id[:8]}")

    def _wait_for_writers(self) -> None:
        """What a dead client sent last, perhaps a commit, may still be under way."""
        deadline = time.monotonic() + _SETTLED_SECONDS
        with warehouse.connect(self._site.keeper, "admin", autocommit=True) as eye:
            while working := eye.execute(
                "select query from pg_stat_activity where datname = %s "
                "and usename in ('c360_loader', 'c360_publisher')",
                (self._site.folder.name,),
            ).fetchall():
                assert time.monotonic() < deadline, f"for nobody: {working}"
                time.sleep(0.05)


def _undisturbed(site: Site) -> dict[str, float]:
    """Run the pipeline to a good end; returns the seconds that each step took."""
    with Run(site) as run:
        assert run.wait() == 0, run.text
    return run.took


def _state(site: Site) -> tuple[str, tuple[str, str]]:
    """What there is to see: a run, and its content in the database and as exported."""
    run_id, content = site.published()
    return run_id, (content, reader.exported(site.settings.export_dir)[1])


def _check(
    kind: str,
    readings: Sequence[Reading],
    published: Sequence[str],
    states: Mapping[str, tuple[str, str]],
    killed_at: Sequence[float],
    died: float | None,
) -> None:
    """Each reading was of one run, and none failed; no run was missed or came back."""
    contents: dict[str, str] = {}
    for reading in readings:
        assert not reading.error, f"{kind}: {reading.error}"
        if reading.refused:
            is_recovering = (
                died is not None and died < reading.ended < died + _RECOVERY_SECONDS
            )
            assert is_recovering, f"{kind}: {reading.refused}"
            continue
        run = reading.run_id
        assert run in published, f"{kind} saw {run[:8]}: which run is that?"
        # a run that the copy has not published is at least the same each time
        expected = contents.setdefault(run, reading.content)
        if run in states:
            content, exported = states[run]
            expected = exported if kind == "export" else content
        assert reading.content == expected, f"{kind} saw {run[:8]} with other content"
    good = [reading for reading in readings if not reading.refused]
    seen = [run_id for run_id, _ in groupby(good, lambda reading: reading.run_id)]
    assert seen == list(published), f"{kind} saw {seen}, published were {published}"
    for earlier, later in pairwise(killed_at):
        assert any(earlier < r.began and r.ended < later for r in good), (
            f"{kind} read nothing between two kills"
        )


def _other_runs(published: Mapping[int, str], states: Sequence[str]) -> Iterator[str]:
    """Days whose run, of those published, is not the copy's."""
    # the copy has run once for each of these days
    for (day, ours), theirs in zip(published.items(), states, strict=True):
        if ours != theirs:
            yield (
                f"published with the files of day {day} was {ours[:8]}, by the copy "
                f"{theirs[:8]}"
            )


def _compare(disturbed: Site, twin: Site, faults: list[str]) -> tuple[int, int]:
    """How many exported files and raw rows there are: the same in both."""
    ours, theirs = disturbed.exports(), twin.exports()
    mine, other = disturbed.left_behind(), twin.left_behind()
    with _told(faults):
        assert ours.keys() == theirs.keys(), (
            f"exported by one of the two: {sorted(ours.keys() ^ theirs.keys())}"
        )
        different = [name for name in ours if ours[name] != theirs[name]]
        assert not different, f"these exports differ: {different}"
    for name in mine | other:
        with _told(faults):
            assert mine.get(name) == other.get(name), (
                f"{name}: {mine.get(name)}, not {other.get(name)}"
            )
    raw = [found[0] for name, found in mine.items() if name.startswith("raw.")]
    return len(ours), sum(raw)


@contextmanager
def _told(faults: list[str]) -> Iterator[None]:
    """Go on after what is not as it should be, and have it told with the rest."""
    try:
        yield
    except AssertionError as error:
        faults.append(str(error))


# ---- by hand -------------------------------------------------------------


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
    share = random.Random(chosen.seed).uniform(0.1, 0.8)
    try:
        with own_server(folder) as home:
            result = experiment(
                home,
                folder,
                random_moments(chosen.kills, chosen.seed),
                records=chosen.records,
                kill_server=share if chosen.postmaster else None,
                say=lambda line: print(line, flush=True),
            )
    except AssertionError as error:
        sys.exit(f"FAILED:\n{error}")
    finally:
        if not chosen.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(result)


if __name__ == "__main__":
    main()
