"""dbt, spared what it would do again and again: a sixth of its time.

For each node, and for each of the macros that dbt's adapter calls while a node is
built, it compiles templates that it has compiled before, puts together everything
that a macro may use, and makes events that nobody reads. Where dbt is no longer what
this was written for, all is done as dbt does it, and takes longer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from types import CodeType
from typing import Any

from dbt.adapters.base import BaseAdapter
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.exceptions import DbtRuntimeError

from customer360.pipeline import patches

_HEARD = frozenset({"NodeFinished"})
"""Events that are only for debugging, but for which somebody listens."""


def spare_repeats() -> None:
    """Have this process's dbt do once what need not be done again."""
    changes = (
        _compile_each_template_once,
        _make_macros_when_asked_for,
        _keep_contexts_of_macros,
        _find_tables_by_name,
        _wrap_exceptions_quickly,
        _make_no_event_in_vain,
    )
    patches.make(changes, "dbt does more than it need")


def _compile_each_template_once() -> None:
    """Most tests have the same text, and so have the arguments of many."""
    from dbt_common.clients.jinja import MacroFuzzEnvironment

    compile_anew = MacroFuzzEnvironment.compile
    patches.takes(compile_anew, "source", "name", "filename")
    compiled: dict[tuple[Any, ...], CodeType] = {}

    def compile_once(self: MacroFuzzEnvironment, source: Any, *how: Any) -> Any:
        key = (type(self), source, *how)
        if key not in compiled:
            compiled[key] = compile_anew(self, source, *how)
        return compiled[key]

    MacroFuzzEnvironment.compile = compile_once


def _make_macros_when_asked_for() -> None:
    """A node uses a few of the thousand macros that are made for it, twice."""
    from customer360.pipeline.dbt_macros import make_macros_when_asked_for

    make_macros_when_asked_for()


def _keep_contexts_of_macros() -> None:
    """To rename a table the adapter calls a macro, with a context of its own."""
    take = BaseAdapter.set_macro_context_generator
    patches.takes(take, "macro_context_generator")

    def take_sparing(self: BaseAdapter, generate: Callable[..., Any]) -> None:
        # a context notes which macros are being called in it: one for each thread
        kept = threading.local()

        def context(macro: Any, config: Any, resolver: Any, project: Any) -> Any:
            if getattr(kept, "resolver", None) is not resolver:
                kept.resolver, kept.contexts = resolver, {}
            of = (macro.unique_id, project)
            if of not in kept.contexts:
                kept.contexts[of] = generate(macro, config, resolver, project)
            return kept.contexts[of].copy()

        take(self, context)

    BaseAdapter.set_macro_context_generator = take_sparing


def _find_tables_by_name() -> None:
    """To find one table the adapter takes all of its schema, and compares each."""
    from dbt.adapters.base import BaseRelation
    from dbt.adapters.cache import RelationsCache
    from dbt.adapters.reference_keys import _ReferenceKey

    match = BaseAdapter._make_match
    patches.takes(match, "relations_list", "database", "schema", "identifier")
    patches.takes(RelationsCache.get_relations, "database", "schema")
    patches.takes(_ReferenceKey, "database", "schema", "identifier")
    patches.takes(BaseRelation.matches, "database", "schema", "identifier")

    def relations(self: RelationsCache, database: str, schema: str) -> list[Any]:
        # whatever the keys are made of is written small in them
        of = (database.lower(), schema.lower())
        with self.lock:
            return [r.inner for key, r in self.relations.items() if key[:2] == of]

    def match_its_namesakes(
        self: BaseAdapter,
        relations_list: list[BaseRelation],
        database: str,
        schema: str,
        identifier: str,
    ) -> list[BaseRelation]:
        name = identifier.lower().strip('"')
        namesakes = [
            relation
            for relation in relations_list
            if str(relation.identifier).lower().strip('"') == name
        ]
        return match(self, namesakes, database, schema, identifier)

    RelationsCache.get_relations = relations
    BaseAdapter._make_match = match_its_namesakes


def _wrap_exceptions_quickly() -> None:
    """Each context has twenty functions that raise, hardly any of which is called."""
    from dbt.context import providers
    from dbt.context.exceptions_jinja import CONTEXT_EXPORTS

    patches.takes(providers.wrapped_exports, "model")

    def call(function: Callable[..., Any], node: Any, *args: Any, **named: Any) -> Any:
        try:
            return function(*args, **named)
        except DbtRuntimeError as error:
            error.add_node(node)
            raise

    def wrapped(model: Any) -> Mapping[str, Callable[..., Any]]:
        return {
            name: partial(call, function, model)
            for name, function in CONTEXT_EXPORTS.items()
        }

    providers.wrapped_exports = wrapped


def _make_no_event_in_vain() -> None:
    """A message is made of every event, and put into words, before it is dropped."""
    from dbt_common.events.event_manager import EventManager

    fire = EventManager.fire_event
    patches.takes(fire, "e", "level")

    def fire_if_heard(
        self: EventManager,
        e: BaseEvent,
        level: EventLevel | None = None,
        *more: Any,
        **named: Any,
    ) -> None:
        is_heard = (
            (level or e.level_tag()) != EventLevel.DEBUG
            or (type(e).__name__ in _HEARD and self.callbacks)
            or any(logger.level == EventLevel.DEBUG for logger in self.loggers)
        )
        if is_heard:
            fire(self, e, level, *more, **named)

    EventManager.fire_event = fire_if_heard
