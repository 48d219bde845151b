"""What came of a run, for a person to read."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from customer360 import warehouse
from customer360.identity.evaluate import PairScores, against_truth
from customer360.pipeline import manifest
from customer360.settings import Settings

_LOG_WIDTH = 88
_BAR = 24
_MOST_SHOWN = 3
_SPINE = "csv"
"""The system whose records repeat each other most: the messy customer extract."""


@dataclass(frozen=True)
class Summary:
    """The figures of what is published."""

    run_id: str
    as_of_date: date | None
    rows_read: int
    rows_quarantined: int
    rows_repeated: int
    """Rows that a later version of the same row replaced, or sent twice."""
    tables: int
    """Raw tables that have rows."""
    records: int
    """Source records of people."""
    customers: int
    active_customers: int
    orders: int
    revenue: float
    segments: list[tuple[str, int, float]]
    """Name, customers, revenue; the greatest revenue first."""
    quality: float | None
    """Percentage of the checks of data quality that passed, weighted."""
    worst_source: str | None
    worst_score: float | None
    """The source of the lowest score, and its score."""
    checks_reconciled: int
    checks: int
    """Comparisons of rows and money between the files and the marts."""
    late_sources: list[str]
    """Sources whose newest record lies further back than expected."""
    tests_passed: int
    tests: int
    scores: PairScores | None
    """Against the truth of generated data, where that is what was loaded."""
    spine_scores: PairScores | None
    """The same of the spine's records among themselves."""


def summarise(settings: Settings, console: Console | None = None) -> Summary:
    """Collect the figures and print them, on stdout if there is no console."""
    found = collect(settings)
    if console:
        console.print(render(found, settings))
    else:
        text = Console(file=io.StringIO(), width=_LOG_WIDTH)
        text.print(render(found, settings))
        print(text.file.getvalue())
    return found


def collect(settings: Settings) -> Summary:
    """Read the figures from what is published."""
    with warehouse.connect(settings, "publisher") as connection:
        connection.row_factory = dict_row
        tests = _tests(settings, connection)
    with warehouse.connect(settings, "reporter") as connection:
        connection.row_factory = dict_row
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        figures = _one(
            connection,
            """
            select
                publication.run_id,
                publication.as_of_date,
                loads.*,
                customers.*,
                sales.*,
                quality.*,
                reconciled.*,
                late.*
            from published.publication
            cross join (
                select
                    cast(coalesce(sum(rows_read), 0) as bigint) as rows_read,
                    cast(coalesce(sum(rows_quarantined), 0) as bigint)
                        as rows_quarantined,
                    cast(coalesce(sum(rows_superseded), 0) as bigint)
                        as rows_repeated,
                    count(*) filter (where rows_current > 0) as tables
                from published.load_summary
            ) as loads
            cross join (
                select
                    cast(coalesce(sum(source_records), 0) as bigint) as records,
                    count(*) as customers,
                    count(*) filter (where is_active) as active_customers
                from published.customer_360
            ) as customers
            cross join (
                select
                    count(distinct order_key) filter (where is_revenue) as orders,
                    cast(coalesce(sum(revenue), 0) as float) as revenue
                from published.fct_transactions
            ) as sales
            cross join (
                select
                    cast(
                        100.0 * sum(weight * (checked - failed))
                        / sum(weight * checked) as float
                    ) as quality,
                    (
                        array_agg(
                            system || ' ' || entity
                            order by source_score, system, entity
                        )
                    )[1] as worst_source,
                    cast(min(source_score) as float) as worst_score
                from published.data_quality_score
            ) as quality
            cross join (
                select
                    count(*) as checks,
                    count(*) filter (where is_reconciled) as checks_reconciled
                from published.reconciliation
            ) as reconciled
            cross join (
                select coalesce(
                    array_agg(
                        distinct system || ' ' || entity
                        order by system || ' ' || entity
                    ) filter (where not is_fresh),
                    '{}'
                ) as late_sources
                from published.freshness
            ) as late
            """,
        )
        segments = connection.execute(
            "select segment, customers, cast(revenue as float) as revenue "
            "from published.rfm_segment_summary "
            "order by revenue desc, segment"
        ).fetchall()
    return Summary(
        **figures,
        **tests,
        segments=[tuple(segment.values()) for segment in segments],
        scores=against_truth(settings),
        spine_scores=against_truth(settings, _SPINE),
    )


def render(found: Summary, settings: Settings) -> RenderableType:
    """The figures as a page for a terminal or a log."""
    figures = Table.grid(padding=(0, 2))
    figures.add_column(style="bold")
    figures.add_column()
    for name, text in _figures(found):
        figures.add_row(name, text)
    return Panel(
        Group(figures, Text(), _segments(found), Text(), _next(settings)),
        title="[bold]Customer 360[/]",
        title_align="left",
        border_style="green",
        padding=(1, 2),
    )


def _figures(found: Summary) -> Iterator[tuple[str, str]]:
    yield (
        "Rows in",
        f"{found.rows_read:,} in {_counted(found.tables, 'table')}, "
        f"{found.rows_quarantined:,} rejected, {found.rows_repeated:,} repeated",
    )
    each = found.records / found.customers if found.customers else 0
    yield (
        "People",
        f"{found.records:,} records → [bold]{found.customers:,} customers[/]"
        + (f" ({each:.1f} records each)" if each else ""),
    )
    if (scores := found.scores) and scores.f1 is not None:
        yield "Identity", f"{_scored(scores)} over pairs, against the generated truth"
        spine = found.spine_scores
        if spine and spine.f1 is not None and spine.records < scores.records:
            yield "", f"{_scored(spine)} over the pairs within {_SPINE}"
    yield (
        "Sales",
        f"[bold]{found.revenue:,.2f}[/] revenue in {found.orders:,} completed orders",
    )
    if found.as_of_date:
        yield (
            "As of",
            f"{found.as_of_date}; {found.active_customers:,} customers bought in the "
            "12 months before",
        )
    if found.quality is not None:
        yield (
            "Quality",
            f"[bold]{found.quality:.1f} %[/] of the weighted checks passed; least of "
            f"{found.worst_source}: {found.worst_score:.1f} %",
        )
    yield "Reconciled", _reconciled(found)
    if found.late_sources:
        more = len(found.late_sources) - _MOST_SHOWN
        yield (
            "Late",
            "nothing new for longer than expected from "
            + ", ".join(map(escape, found.late_sources[:_MOST_SHOWN]))
            + (f" and {more:,} more" if more > 0 else ""),
        )
    failing = found.tests - found.tests_passed
    yield (
        "Tests",
        f"{found.tests_passed:,} passed" + (f", {failing:,} warned" if failing else ""),
    )
    yield "Published", f"run {found.run_id[:8]}"


def _reconciled(found: Summary) -> str:
    if found.checks == found.checks_reconciled:
        return f"rows and money in all {found.checks:,} comparisons from files to marts"
    return f"{found.checks_reconciled:,} of {found.checks:,} comparisons"


def _segments(found: Summary) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("Segment")
    table.add_column("Customers", justify="right")
    table.add_column("Revenue", justify="right")
    table.add_column("")
    most = max((revenue for _, _, revenue in found.segments), default=0) or 1
    for name, customers, revenue in found.segments:
        bar = "█" * round(_BAR * revenue / most)
        table.add_row(
            escape(name), f"{customers:,}", f"{revenue:,.2f}", f"[green]{bar}[/]"
        )
    return table


def _next(settings: Settings) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    table.add_row("Files", escape(str(settings.export_dir)))
    table.add_row("Next", "open the files in Power BI, or ask the database:")
    table.add_row("", "[cyan].venv/bin/customer360 db psql[/], then")
    table.add_row("", "[cyan]select * from published.customer_360 limit 10;[/]")
    table.add_row("", "[cyan]make airflow[/] shows every step in Airflow's interface")
    return table


def _tests(settings: Settings, connection: psycopg.Connection) -> dict[str, int]:
    """How many of the project's tests passed when they last ran."""
    project = manifest.read(manifest.path(settings))
    known = [node for node in project["nodes"] if node.startswith("test.")]
    return _one(
        connection,
        """
        select
            count(*) as tests,
            count(*) filter (where status in ('pass', 'success')) as tests_passed
        from (
            select distinct on (node_id) status
            from ops.dbt_results
            where node_id = any(%s)
            order by node_id asc, finished_at desc
        ) as latest
        """,
        (known,),
    )


def _one(
    connection: psycopg.Connection, query: str, values: tuple[Any, ...] = ()
) -> dict[str, Any]:
    row = connection.execute(query, values).fetchone()
    assert row is not None  # noqa: S101
    return row


def _scored(scores: PairScores) -> str:
    return (
        f"precision {_score(scores.precision)}, recall {_score(scores.recall)}, "
        f"F1 {_score(scores.f1)}"
    )


def _score(value: float | None) -> str:
    return "none" if value is None else f"{value:.4f}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
