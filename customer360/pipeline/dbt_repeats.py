"""dbt, spared what it would do again and again: a fifth of its time.

For each node, and for each of the macros that dbt's adapter calls while a node is
built, it compiles templates that it has compiled before, puts together everything
that a macro may use, and makes events that nobody reads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from types import CodeType
from typing import Any

from dbt.adapters.base import BaseAdapter
from dbt.context import exceptions_jinja, providers
from dbt_common.clients.jinja import MacroFuzzEnvironment
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.exceptions import DbtRuntimeError

_HEARD = frozenset({"NodeFinished"})
"""Events that are only for debugging, but for which somebody listens."""


def spare_repeats() -> None:
    """Have this process's dbt do once what need not be done again."""
    _compile_each_template_once()
    _keep_contexts_of_macros()
    _wrap_exceptions_quickly()
    _make_no_event_in_vain()


def _compile_each_template_once() -> None:
    """Most tests have the same text, and so have the arguments of many."""
    compile_anew = MacroFuzzEnvironment.compile
    compiled: dict[tuple[Any, ...], CodeType] = {}

    def compile_once(self: MacroFuzzEnvironment, source: Any, *how: Any) -> Any:
        key = (type(self), source, *how)
        if key not in compiled:
            compiled[key] = compile_anew(self, source, *how)
        return compiled[key]

    MacroFuzzEnvironment.compile = compile_once


def _keep_contexts_of_macros() -> None:
    """To rename a table the adapter calls a macro, with a context of its own."""
    take = BaseAdapter.set_macro_context_generator

    def take_sparing(self: BaseAdapter, generate: Callable[..., Any]) -> None:
        # a context notes which macros are being called in it: one for each thread
        kept = threading.local()

        def context(macro: Any, config: Any, resolver: Any, project: Any) -> Any:
            if getattr(kept, "resolver", None) is not resolver:
                kept.resolver, kept.contexts = resolver, {}
            of = (macro.unique_id, project)
            if of not in kept.contexts:
                kept.contexts[of] = generate(macro, config, resolver, project)
            return dict(kept.contexts[of])

        take(self, context)

    BaseAdapter.set_macro_context_generator = take_sparing


def _wrap_exceptions_quickly() -> None:
    """Each context has twenty functions that raise, hardly any of which is called."""

    def call(function: Callable[..., Any], node: Any, *args: Any, **named: Any) -> Any:
        try:
            return function(*args, **named)
        except DbtRuntimeError as error:
            error.add_node(node)
            raise

    def wrapped(node: Any) -> Mapping[str, Callable[..., Any]]:
        return {
            name: partial(call, function, node)
            for name, function in exceptions_jinja.CONTEXT_EXPORTS.items()
        }

    providers.wrapped_exports = wrapped


def _make_no_event_in_vain() -> None:
    """A message is made of every event, and put into words, before it is dropped."""
    fire = EventManager.fire_event

    def fire_if_heard(
        self: EventManager,
        e: BaseEvent,
        level: EventLevel | None = None,
        *more: Any,
        **named: Any,
    ) -> None:
        is_heard = (
            (level or e.level_tag()) != EventLevel.DEBUG
            or type(e).__name__ in _HEARD
            or any(logger.level == EventLevel.DEBUG for logger in self.loggers)
        )
        if is_heard:
            fire(self, e, level, *more, **named)

    EventManager.fire_event = fire_if_heard
