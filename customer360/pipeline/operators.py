"""Airflow operators: one run of dbt, and a task for each model it builds.

Cosmos' own ways to show each model start a process per model: its LOCAL mode runs
dbt in it, its WATCHER mode waits in it. Here one task runs dbt for all models, and
each model's task goes straight from the scheduler to the triggerer, which ends it
when dbt has ended the model: no process at all. docs/decisions.md has the figures.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator
from airflow.sdk.execution_time.xcom import XCom
from airflow.triggers.base import (
    BaseTrigger,
    StartTriggerArgs,
    TaskFailedEvent,
    TaskSkippedEvent,
    TaskSuccessEvent,
    TriggerEvent,
)

if TYPE_CHECKING:
    from airflow.sdk import Context

    from customer360.pipeline.board import Board

log = logging.getLogger(__name__)

VERDICTS = "verdicts"
"""XCom of the task that runs dbt: what has become of each model, as dbt goes on."""

# it goes by Airflow's database, all of it at a time: seldom, but the last of it
# without delay
_NEWS_SECONDS = 2.0
_TELL_SECONDS = 2.0
_POLL_SECONDS = 0.5
_RERUN_LOCK_SECONDS = 3600.0

_OVER = {"success", "failed", "upstream_failed", "skipped", "removed"}


class DbtBuildOperator(BaseOperator):
    """Runs `dbt build`: once, for all models.

    With `shows_models`, each model has a task of its own that says how it went.
    Then this one fails only when dbt could not do its work, or when something
    failed that no task shows: so one model can be repaired and run again alone.
    """

    ui_color = "#ffd8c9"

    def __init__(
        self,
        *,
        shows_models: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.shows_models = shows_models

    def execute(self, context: Context) -> None:
        """Run dbt; a fault of the models is final, anything else may be retried."""
        from customer360.pipeline import progress, steps

        task = context["ti"]
        told, told_at = {}, 0.0

        def tell(board: Board, *, over: bool = False) -> None:
            nonlocal told, told_at
            running.moved(board.done, board.total, board.current)
            if not self.shows_models:
                return
            if over or time.monotonic() - told_at >= _TELL_SECONDS:
                verdicts = board.verdicts(over=over)
                if verdicts != told:
                    task.xcom_push(
                        VERDICTS, {node: asdict(v) for node, v in verdicts.items()}
                    )
                told, told_at = verdicts, time.monotonic()

        with progress.step(task.task_id) as running:
            running.result = steps.build(
                context["params"],
                tell=tell,
                failures_are_shown=self.shows_models,
                wait=steps.LOCK_SECONDS,
            )


class DbtNodeOperator(BaseOperator):
    """One model, seed or snapshot: shows what the run of dbt made of it.

    Cleared alone, it builds its model, with the model's tests, in a process of its
    own. `node` is dbt's unique id.
    """

    ui_color = "#dff3e4"

    def __init__(self, *, node: str, **kwargs: Any) -> None:
        # all models begin to wait together, not one after the other: the trigger
        # follows dbt's order, and a chain of triggers would lag behind it
        kwargs.setdefault("trigger_rule", "one_success")
        # what dbt said about a model is final: the task that runs dbt is retried
        kwargs["retries"] = 0
        super().__init__(**kwargs)
        self.node = node

    def follow(self, build: DbtBuildOperator) -> None:
        """Show what becomes of the model in `build`; call when all edges are drawn."""
        self.start_from_trigger = True
        self.start_trigger_args = StartTriggerArgs(
            trigger_cls=DbtNodeTrigger.classpath(),
            trigger_kwargs={
                "node": self.node,
                "build_task_id": build.task_id,
                "upstream": sorted(
                    task.task_id
                    for task in self.upstream_list
                    if isinstance(task, DbtNodeOperator)
                ),
            },
            next_method=self.rebuild.__name__,
        )

    def execute(self, context: Context) -> None:
        """Build the model here and now, as `dags test` does, which has no triggerer."""
        self.rebuild(context)

    def rebuild(self, context: Context, event: Any = None) -> None:
        """Build this model alone, with its tests."""
        from customer360.pipeline import progress, steps

        with progress.step(context["ti"].task_id) as running:
            running.result = steps.build(
                context["params"],
                steps.selector(self.node),
                wait=_RERUN_LOCK_SECONDS,
            )


class DbtNodeTrigger(BaseTrigger):
    """Waits until dbt has ended a model, and ends the model's task."""

    def __init__(self, node: str, build_task_id: str, upstream: list[str]) -> None:
        super().__init__()
        self.node = node
        self.build_task_id = build_task_id
        self.upstream = upstream

    @classmethod
    def classpath(cls) -> str:
        """What Airflow finds this class by."""
        return f"{cls.__module__}.{cls.__qualname__}"

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class and arguments, for the metadata database."""
        return (
            self.classpath(),
            {
                "node": self.node,
                "build_task_id": self.build_task_id,
                "upstream": self.upstream,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield the one event that ends the task, or sends it to a worker."""
        task = self.task_instance
        async with _Watch.of(task, self.build_task_id) as watch:
            if watch.is_over and task.try_number > 1:
                # cleared after dbt had ended: nobody else will build the model
                yield await self._alone()
                return
            while not (event := self._event(watch)):
                await watch.change()
            await watch.settle()
            yield event

    def _event(self, watch: _Watch) -> TriggerEvent | None:
        verdict = watch.verdicts.get(self.node)
        if verdict is None:
            if not watch.is_over:
                return None
            self.log.warning("dbt ended without running it")
            return TaskSkippedEvent()
        state = verdict["state"]
        if state in ("running", "lost") and not watch.is_over:
            return None
        self.log.info("\n".join(verdict["log"]))
        if state == "success":
            return TaskSuccessEvent()
        return TaskSkippedEvent() if state == "skipped" else TaskFailedEvent()

    async def _alone(self) -> TriggerEvent:
        """Do what the trigger rule cannot: wait for the models that this one reads."""
        while self.upstream:
            states = await _states(self.task_instance, self.upstream)
            if all(states.get(task) == "success" for task in self.upstream):
                break
            if all(states.get(task) in _OVER for task in self.upstream):
                self.log.warning("not built: a model that it reads has not succeeded")
                return TaskSkippedEvent()
            await asyncio.sleep(_POLL_SECONDS)
        return TriggerEvent({"build": self.node})


class _Watch:
    """What one task that runs dbt says, read once for all the triggers that wait."""

    _shared: ClassVar[dict[tuple[str, str, str], _Watch]] = {}

    def __init__(self) -> None:
        self.state: str | None = None
        self.verdicts: dict[str, dict[str, Any]] = {}
        self._users = 0
        self._changed = asyncio.Condition()
        self._polled = asyncio.Condition()
        self._reader: asyncio.Task[None]

    @classmethod
    @asynccontextmanager
    async def of(cls, task: Any, build_task_id: str) -> AsyncIterator[_Watch]:
        """The watch on a task of this one's run; it has been read when this enters."""
        key = (task.dag_id, task.run_id, build_task_id)
        if key not in cls._shared:
            watch = cls._shared[key] = cls()
            watch._reader = asyncio.create_task(watch._read(task, build_task_id))
        watch = cls._shared[key]
        watch._users += 1
        try:
            # whoever comes later waits for a fresh reading, too: the last one may
            # be of before the run was cleared
            await watch.change()
            yield watch
        finally:
            watch._users -= 1
            if not watch._users:
                cls._shared.pop(key, None)
                watch._reader.cancel()

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to come."""
        return self.state in _OVER

    async def change(self) -> None:
        """Wait for the next reading."""
        async with self._changed:
            await self._changed.wait()

    async def settle(self) -> None:
        """Wait until what was logged is in the log: Airflow closes that at an event.

        The triggerer reads it between its answers, and a poll waits for an answer.
        """
        # the first to end may have begun before
        for _ in range(2):
            async with self._polled:
                await self._polled.wait()

    async def _read(self, task: Any, build_task_id: str) -> None:
        told_at = 0.0
        while True:
            try:
                # in this order: the verdicts of a task that is over are complete
                states = await _states(task, [build_task_id])
                state = states.get(build_task_id)
                if state in _OVER or time.monotonic() - told_at >= _NEWS_SECONDS:
                    verdicts = await XCom.aget_one(
                        dag_id=task.dag_id,
                        run_id=task.run_id,
                        task_id=build_task_id,
                        key=VERDICTS,
                    )
                    self.state, self.verdicts = state, verdicts or {}
                    told_at = time.monotonic()
                    async with self._changed:
                        self._changed.notify_all()
            except Exception:
                log.exception("cannot read how dbt is doing; trying again")
            async with self._polled:
                self._polled.notify_all()
            await asyncio.sleep(_POLL_SECONDS)


async def _states(task: Any, task_ids: list[str]) -> dict[str, str | None]:
    """State of each of these tasks in this one's run."""
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    found = await asyncio.to_thread(
        RuntimeTaskInstance.get_task_states,
        dag_id=task.dag_id,
        task_ids=task_ids,
        run_ids=[task.run_id],
    )
    return found.get(task.run_id, {})
