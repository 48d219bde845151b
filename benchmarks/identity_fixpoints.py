r"""Time the fixpoint materializations, alone, on graphs that are large or awkward.

    python -m benchmarks.identity_fixpoints [--only path_100000 linkage_equal]

Each case is one model of a dbt project of its own, on an embedded PostgreSQL in a
temporary folder that goes with it; its result is checked before it counts.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.watch import machine, settings_in
from customer360 import warehouse
from customer360.settings import ROOT, Settings

DBT_PROJECT = ROOT / "dbt_project"

PATH = "select node, node + 1 as other_node from generate_series(1, {n} - 1) as node"
SHUFFLED = """
with nodes as (
    select place, row_number() over (order by md5(place::text)) as node
    from generate_series(1, {n}) as place
)

select nodes.node, next_nodes.node as other_node
from nodes
inner join nodes as next_nodes on next_nodes.place = nodes.place + 1
"""
STAR = "select {n} / 2 as node, arm as other_node from generate_series(1, {n}) as arm"
NAMED = "select 'n' || node as node, 'n' || other_node as other_node from ({}) as edges"
# just above the density where one giant component appears
RANDOM = """
select
    (hashint8(edge * 2)::bigint + 2147483648) % {n} as node,
    (hashint8(edge * 2 + 1)::bigint + 2147483648) % {n} as other_node,
    (hashint8(-edge)::float / 2147483648) * 20 as weight
from generate_series(1, {n}) as edge
"""
# two thirds of components have one record or two, one in 2,000 has 120
COMPONENTS = """
select component, {sizes} as size
from generate_series(1::bigint, {n}) as component
"""
CUSTOMERS = """
case
    when component % 20 < 9 then 1
    when component % 20 < 15 then 2
    when component % 20 < 18 then 3
    when component % 200 = 18 then 20
    when component % 2000 = 19 then 120
    else 5
end
"""
PAIRS = """
select
    component * 150 + this as node,
    component * 150 + other as other_node,
    {weight}::bigint as weight
from ({components}) as components
cross join lateral generate_series(1, size) as this
cross join lateral generate_series(1, size) as other
where this < other or size = 1
"""
# people of four records each in a component, with evidence that errs
WEIGHT = """
greatest(-8000000, least(8000000,
    hashint8((component * 150 + this) * 150 + other)::bigint % 8000000
    + case
        when this % (1 + size / 4) = other % (1 + size / 4) then 4000000
        else -3000000
    end
))
"""


@dataclass(frozen=True)
class Case:
    """A model, and the size of the graph that it selects."""

    query: str
    n: int
    arguments: str = ""
    materialization: str = "connected_components"


def pairs(components: int, sizes: str, weight: str) -> str:
    """Query of all pairs of so many components."""
    made = COMPONENTS.format(n=components, sizes=sizes)
    return PAIRS.format(components=made, weight=weight)


def linkage(components: int, sizes: str, weight: str) -> Case:
    """All pairs of so many components, clustered."""
    query = pairs(components, sizes, weight)
    return Case(query, components, materialization="average_linkage")


CASES = {
    **{
        f"{name}_{n}": Case(query.format(n=n), n)
        for name, query in (("path", PATH), ("shuffled_path", SHUFFLED))
        for n in (1_000, 10_000, 100_000, 1_000_000)
    },
    "star_1000000": Case(STAR.format(n=1_000_000), 1_000_000),
    "named_star_1000000": Case(NAMED.format(STAR.format(n=1_000_000)), 1_000_000),
    "random_1000000": Case(RANDOM.format(n=1_000_000), 1_000_000),
    "tightened_100000": Case(
        RANDOM.format(n=100_000), 100_000, ", max_size=150, tighten_by=1.0"
    ),
    # nodes are 2.13 times the components
    "linkage_100000": linkage(47_000, CUSTOMERS, WEIGHT),
    "linkage_1000000": linkage(470_000, CUSTOMERS, WEIGHT),
    "linkage_equal": linkage(100, "150", "8000000"),
}


class Bench:
    """A server, and a dbt project with the materializations."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = settings_in(folder)
        warehouse.ensure_ready(self.settings)
        self.project = folder / "project"
        self.project.mkdir()
        (self.project / "dbt_project.yml").write_text(
            "name: fixpoints\nprofile: customer360\n"
        )
        shutil.copytree(
            DBT_PROJECT / "macros" / "materializations", self.project / "macros"
        )
        (self.project / "models").mkdir()
        for name, case in CASES.items():
            # the edges are there before the clock starts
            (self.project / "models" / f"{name}.sql").write_text(
                f"{{{{ config(materialized='{case.materialization}'"
                f"{case.arguments}) }}}}\nselect * from staging.{name}"
            )

    def run(self, name: str) -> str:
        """Build one case; returns its row of the table."""
        case = CASES[name]
        with warehouse.connect(self.settings, "transformer") as connection:
            connection.execute(f"create table staging.{name} as {case.query}")
            [[edges]] = connection.execute(f"select count(*) from staging.{name}")
        # the server counts a connection's time when that has ended
        time.sleep(0.5)
        before = self._server_seconds()
        began = time.monotonic()
        done = subprocess.run(
            [
                *(sys.executable, "-m", "dbt.cli.main", "run", "--select", name),
                *("--project-dir", self.project, "--profiles-dir", DBT_PROJECT),
                *("--target-path", self.folder / "target"),
                *("--log-path", self.folder / "logs"),
            ],
            env=os.environ
            | {"C360_HOME": str(self.settings.home)}
            | warehouse.client_environment(self.settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        wall = time.monotonic() - began
        if done.returncode:
            raise RuntimeError(done.stdout)
        cpu = self._server_seconds() - before
        [rounds] = re.findall(rf"{name}: (\d+) rounds", done.stdout)
        steps = re.findall(r"divided in (\d+) steps", done.stdout)
        [seconds] = re.findall(r"SELECT \d+\S* in ([\d.]+)s", done.stdout)
        nodes, groups, largest = self._result(name)
        print(f"{name}: {wall:.0f} s with dbt's start", file=sys.stderr)
        return (
            f"| {name} | {edges:,} | {nodes:,} | {groups:,} | {largest:,} | {rounds}"
            f"{f' + {steps[0]} steps' if steps else ''} | {float(seconds):.1f} "
            f"| {cpu:.1f} | {psutil.getloadavg()[0]:.1f} |"
        )

    def _result(self, name: str) -> tuple[int, int, int]:
        label = CASES[name].materialization.rpartition("_")[2]
        label = "component" if label == "components" else "cluster"
        with warehouse.connect(self.settings, "transformer") as connection:
            [found] = connection.execute(
                "select sum(size)::bigint, count(*), max(size) from (select count(*)"
                f" as size from marts.{name} group by {label}) as sizes"
            ).fetchall()
            [[missing]] = connection.execute(
                f"select count(*) from (select node from staging.{name} union"
                f" select other_node from staging.{name}) as nodes"
            ).fetchall()
            connection.execute(f"drop table marts.{name}, staging.{name}")
        if found[0] != missing:
            raise AssertionError(f"{name}: {found[0]} rows of {missing} nodes")
        return found

    def _server_seconds(self) -> float:
        """CPU time of the server and of the connections that have ended."""
        [pid, *_] = next(self.settings.home.rglob("postmaster.pid")).read_text().split()
        return sum(psutil.Process(int(pid)).cpu_times()[:4])


def main() -> None:
    """Run the cases one after the other and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.identity_fixpoints")
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(machine(), flush=True)
    folder = Path(tempfile.mkdtemp(prefix="c360-benchmark-"))
    try:
        bench = Bench(folder)
        print(
            "| case | edges | nodes | groups | largest | rounds | seconds | CPU s "
            "| load average |"
        )
        print(f"|{'---|' * 9}")
        for name in chosen.only:
            print(bench.run(name), flush=True)
    finally:
        warehouse.stop(Settings.from_env({"C360_HOME": str(folder / "home")}))
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
