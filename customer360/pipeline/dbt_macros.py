"""The macros that a template of dbt's may use, each made when it is asked for.

For every node dbt makes an object of each of a thousand macros, twice, and the node
uses a few of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from operator import is_
from typing import Any, Self

from dbt.clients.jinja import MacroGenerator
from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder
from dbt.context.manifest import ManifestContext
from dbt_common.clients.jinja import MacroFuzzTemplate, NativeSandboxTemplate

from customer360.pipeline.patches import takes


def make_macros_when_asked_for() -> None:
    """Have dbt make no macro in vain."""
    build = MacroNamespaceBuilder.build_namespace
    begin = ManifestContext._build_namespace
    takes(build, "macros_by_package", "ctx")
    takes(MacroNamespaceBuilder, "root_package", "search_package", "thread_ctx")
    takes(MacroNamespaceBuilder, "internal_packages", "node")
    takes(MacroNamespace, "global_namespace", "local_namespace", "packages")
    takes(MacroNamespace, "global_project_namespace")
    takes(MacroGenerator, "macro", "context", "node", "stack")
    arrangements: dict[tuple[str, ...], _Arrangement] = {}

    def build_when_asked_for(
        self: MacroNamespaceBuilder,
        macros_by_package: Mapping[str, Mapping[str, Any]],
        ctx: dict[str, Any],
    ) -> MacroNamespace:
        if not isinstance(ctx, _Context):
            return build(self, macros_by_package, ctx)
        internal = self.internal_package_names_order
        of = (self.root_package, self.search_package, *internal)
        macros = [*chain.from_iterable(p.values() for p in macros_by_package.values())]
        found = arrangements.get(of)
        # while dbt reads a project it finds more of them, and other ones
        if found is None or not found.is_of(macros):
            usual = MacroNamespaceBuilder(*of[:2], None, internal, None)
            namespace = build(usual, macros_by_package, {})
            found = _Arrangement(macros, namespace, frozenset(namespace))
            arrangements[of] = found
        return found.made_for(ctx, self.node, self.thread_ctx)

    def begin_with_few_names(self: ManifestContext) -> MacroNamespace:
        self._ctx = _Context(self._ctx)
        return begin(self)

    # as in other templates of dbt's, nothing is copied
    NativeSandboxTemplate.new_context = MacroFuzzTemplate.new_context
    MacroNamespaceBuilder.build_namespace = build_when_asked_for
    ManifestContext._build_namespace = begin_with_few_names


class _MadeWhenAskedFor(dict[str, Any]):
    """Values of which each is made when it is asked for, or all if all are."""

    names: Collection[str] = ()
    make: Callable[[str], Any]

    def __missing__(self, name: str) -> Any:
        if name not in self.names:
            raise KeyError(name)
        self[name] = made = self.make(name)
        return made

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self.names

    def get(self, name: str, default: Any = None) -> Any:
        try:
            return self[name]
        except KeyError:
            return default

    def setdefault(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else super().setdefault(name, default)

    def _make_all(self) -> None:
        for name in self.names:
            self[name]
        self.names = ()

    def __iter__(self) -> Iterator[str]:
        self._make_all()
        return super().__iter__()

    def __bool__(self) -> bool:
        return bool(self.names) or super().__len__() > 0

    def __len__(self) -> int:
        self._make_all()
        return super().__len__()

    def keys(self) -> Any:
        self._make_all()
        return super().keys()

    def values(self) -> Any:
        self._make_all()
        return super().values()

    def items(self) -> Any:
        self._make_all()
        return super().items()

    def copy(self) -> Self:
        copied = type(self)()
        dict.update(copied, dict.items(self))
        copied.names, copied.make = self.names, self.make
        return copied


class _Macros(MacroNamespace):
    """What dbt looks macros up in, and the names of all that is there."""

    names: Collection[str] = ()


class _Context(_MadeWhenAskedFor):
    """What a template may use: its macros last, which win."""

    def update(self, *others: Any, **named: Any) -> None:
        for other in others:
            if isinstance(other, _Macros):
                self.names, self.make = other.names, other.__getitem__
                for name in dict.keys(self) & other.names:
                    self[name] = other[name]
            else:
                super().update(other)
        super().update(named)


@dataclass(frozen=True)
class _Arrangement:
    """The macros of a project, and which of them a name means in one package."""

    macros: list[Any]
    found: MacroNamespace
    names: frozenset[str]

    def is_of(self, macros: list[Any]) -> bool:
        """Whether it was made of these very macros."""
        return len(self.macros) == len(macros) and all(map(is_, self.macros, macros))

    def made_for(self, context: _Context, node: Any, stack: Any) -> _Macros:
        """The same of the macros that a node's template calls."""
        made: dict[str, MacroGenerator] = {}

        def generator(macro: Any) -> MacroGenerator:
            if macro.unique_id not in made:
                made[macro.unique_id] = MacroGenerator(macro, context, node, stack)
            return made[macro.unique_id]

        def namespace(found: Mapping[str, MacroGenerator]) -> _MadeWhenAskedFor:
            macros = _MadeWhenAskedFor()
            macros.names = found.keys()
            macros.make = lambda name: generator(found[name].macro)
            return macros

        macros = _Macros(
            global_namespace=namespace(self.found.global_namespace),
            local_namespace=namespace(self.found.local_namespace),
            global_project_namespace=namespace(self.found.global_project_namespace),
            packages={
                name: namespace(found) for name, found in self.found.packages.items()
            },
        )
        macros.names = self.names
        return macros
