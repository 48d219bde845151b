"""The rules that dbt's manifest tells: one function each, named for what must hold.

Our own implementation of what dbt-project-evaluator is known for, plus what this
project asks of public marts. Each returns one line per violation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Manifest = dict[str, Any]
Node = dict[str, Any]
RULES: dict[str, Callable[[Manifest], list[str]]] = {}

LONGEST_VIEW_CHAIN = 4
# what counts the rows of every raw table, and of every staging model
RAW_ROWS, STAGED_ROWS = "int_loads__raw_rows", "int_loads__staged_rows"


def rule(function: Callable[[Manifest], list[str]]) -> Callable:
    """Register a rule under its function's name."""
    RULES[function.__name__] = function
    return function


def _of_type(manifest: Manifest, resource_type: str) -> list[Node]:
    project = manifest["metadata"]["project_name"]
    return [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == resource_type and node["package_name"] == project
    ]


def models(manifest: Manifest) -> list[Node]:
    """The project's own models."""
    return _of_type(manifest, "model")


def public_marts(manifest: Manifest) -> list[Node]:
    """The models that readers outside the project may use."""
    return [model for model in models(manifest) if model["access"] == "public"]


def layer(node: Node) -> str:
    """`staging`, `intermediate` or `marts`: the folder under `models/`."""
    return node["original_file_path"].split("/")[1]


def _parents(node: Node, kind: str) -> list[str]:
    return [p for p in node["depends_on"]["nodes"] if p.startswith(kind + ".")]


def _parent_models(manifest: Manifest, node: Node) -> list[Node]:
    return [manifest["nodes"][parent] for parent in _parents(node, "model")]


def _data_tests(manifest: Manifest, node: Node) -> list[Node]:
    return [
        test
        for test in _of_type(manifest, "test")
        # a singular test has neither of the two
        if test.get("attached_node") == node["unique_id"]
        and test.get("test_metadata")
        and not test["config"].get("where")
    ]


@rule
def every_model_has_a_primary_key(manifest: Manifest) -> list[str]:
    """One that the database keeps, or one that is tested; not both."""
    wrong = []
    for model in models(manifest):
        constraints = [*model["constraints"]]
        for column in model["columns"].values():
            constraints += column["constraints"]
        keeps = model["contract"]["enforced"] and any(
            constraint["type"] == "primary_key" for constraint in constraints
        )
        tests = sum(
            test["test_metadata"]["name"] == "primary_key"
            for test in _data_tests(manifest, model)
        )
        if keeps + tests != 1:
            wrong.append(f"{model['name']}: {keeps + tests} primary keys, not one")
    return wrong


@rule
def every_description_begins_with_the_grain(manifest: Manifest) -> list[str]:
    """A reader's first question is what one row stands for."""
    return [
        f"{model['name']}: the description must begin with 'One row per'"
        for model in models(manifest)
        if not model["description"].startswith("One row per ")
    ]


@rule
def public_columns_are_documented(manifest: Manifest) -> list[str]:
    """Whoever reads a public mart reads its columns' names first."""
    return [
        f"{model['name']}.{column['name']}: no description"
        for model in public_marts(manifest)
        for column in model["columns"].values()
        if not column["description"].strip()
    ]


@rule
def public_marts_have_contracts(manifest: Manifest) -> list[str]:
    """Columns and types of what others read do not change by accident."""
    return [
        f"{model['name']}: public without an enforced contract"
        for model in public_marts(manifest)
        if not model["contract"]["enforced"]
    ]


@rule
def public_marts_have_an_owner(manifest: Manifest) -> list[str]:
    """Somebody answers for every public mart."""
    return [
        f"{model['name']}: no owner in its config's meta"
        for model in public_marts(manifest)
        if not model["config"]["meta"].get("owner")
    ]


@rule
def exposures_cover_every_public_mart(manifest: Manifest) -> list[str]:
    """What nobody is known to read is not public."""
    read = {
        node
        for exposure in manifest["exposures"].values()
        for node in exposure["depends_on"]["nodes"]
    }
    return [
        f"{model['name']}: no exposure reads it"
        for model in public_marts(manifest)
        if model["unique_id"] not in read
    ]


@rule
def exposures_read_public_marts_only(manifest: Manifest) -> list[str]:
    """A report on a private model breaks when that model is rewritten."""
    public = {model["unique_id"] for model in public_marts(manifest)}
    return [
        f"{exposure['name']}: reads {node}, which is not public"
        for exposure in manifest["exposures"].values()
        for node in exposure["depends_on"]["nodes"]
        if node not in public
    ]


@rule
def only_staging_reads_sources(manifest: Manifest) -> list[str]:
    """One place cleans each source; another counts what there is to clean."""
    return [
        f"{model['name']}: reads a source outside staging"
        for model in models(manifest)
        if layer(model) != "staging"
        and model["name"] != RAW_ROWS
        and _parents(model, "source")
    ]


@rule
def a_staging_model_reads_one_source(manifest: Manifest) -> list[str]:
    """And nothing else, but for seeds: joins belong to intermediate models."""
    return [
        f"{model['name']}: reads {len(_parents(model, 'source'))} sources and "
        f"{len(_parents(model, 'model'))} models instead of one source"
        for model in models(manifest)
        if layer(model) == "staging"
        and (len(_parents(model, "source")) != 1 or _parents(model, "model"))
    ]


@rule
def a_source_has_one_staging_model(manifest: Manifest) -> list[str]:
    """Two cleanings of one source drift apart; none is a source for nothing."""
    readers: dict[str, list[str]] = {source: [] for source in manifest["sources"]}
    for model in models(manifest):
        if model["name"] != RAW_ROWS:
            for source in _parents(model, "source"):
                readers[source].append(model["name"])
    return [
        f"{source}: read by {len(names)} staging models {names or ''}".strip()
        for source, names in readers.items()
        if len(names) != 1
    ]


@rule
def every_loaded_table_is_accounted_for(manifest: Manifest) -> list[str]:
    """Rows that no count looks at can be lost without anybody noticing."""
    staged = set(_parents_of_name(manifest, STAGED_ROWS))
    counted = set(_parents_of_name(manifest, RAW_ROWS))
    loaded = {
        name
        for name, source in manifest["sources"].items()
        if source["meta"].get("files")
    }
    wrong = [
        f"{name}: {RAW_ROWS} does not count its rows"
        for name in sorted(loaded - counted)
    ]
    wrong += [
        f"{model['name']}: {STAGED_ROWS} does not count its rows"
        for model in models(manifest)
        if layer(model) == "staging"
        and loaded.intersection(_parents(model, "source"))
        and model["unique_id"] not in staged
    ]
    return wrong


@rule
def every_one_line_address_is_read(manifest: Manifest) -> list[str]:
    """One that nobody takes apart is a customer without street, city and country."""
    read = _parents_of_name(manifest, "int_contacts__addresses")
    return [
        f"{model['name']}: int_contacts__addresses does not read its full_address"
        for model in models(manifest)
        if layer(model) == "staging"
        and "full_address" in model["columns"]
        and model["unique_id"] not in read
    ]


def _parents_of_name(manifest: Manifest, name: str) -> list[str]:
    return [
        parent
        for node in manifest["nodes"].values()
        if node.get("name") == name
        for parent in node["depends_on"]["nodes"]
    ]


@rule
def every_intermediate_model_is_read(manifest: Manifest) -> list[str]:
    """One that no model reads is dead, or missing from the union it is for."""
    read = {
        parent for model in models(manifest) for parent in model["depends_on"]["nodes"]
    }
    return [
        f"{model['name']}: no model reads it"
        for model in models(manifest)
        if layer(model) == "intermediate" and model["unique_id"] not in read
    ]


@rule
def sources_are_described(manifest: Manifest) -> list[str]:
    """A source's table says what the system sends."""
    return [
        f"{source['source_name']}.{source['name']}: no description"
        for source in manifest["sources"].values()
        if not source["description"].strip()
    ]


@rule
def marts_stand_on_intermediate_models(manifest: Manifest) -> list[str]:
    """Business logic over raw shapes has one home, below the marts."""
    return [
        f"{model['name']}: reads {parent['name']}, a staging model"
        for model in models(manifest)
        if layer(model) == "marts"
        for parent in _parent_models(manifest, model)
        if layer(parent) == "staging"
    ]


@rule
def models_only_look_down(manifest: Manifest) -> list[str]:
    """Staging, intermediate, marts: no model reads from a layer above its own."""
    order = ["staging", "intermediate", "marts"]
    return [
        f"{model['name']}: reads {parent['name']} of the layer above"
        for model in models(manifest)
        for parent in _parent_models(manifest, model)
        if order.index(layer(parent)) > order.index(layer(model))
    ]


@rule
def every_model_has_a_parent(manifest: Manifest) -> list[str]:
    """A model from nothing is a seed in disguise or hides where it reads."""
    return [
        f"{model['name']}: depends on nothing"
        for model in models(manifest)
        if not model["depends_on"]["nodes"]
    ]


@rule
def names_follow_folders(manifest: Manifest) -> list[str]:
    """The name says the layer, the folder the system or the area."""
    wrong = []
    for model in models(manifest):
        name = model["name"]
        parts = model["original_file_path"].split("/")
        # a part of an intermediate folder that is switched on and off together
        if len(parts) == 5 and parts[1] == "intermediate":
            del parts[3]
        if len(parts) != 4:
            wrong.append(f"{name}: not at models/<layer>/<folder>/{name}.sql")
            continue
        _, where, folder, file = parts
        if where == "staging":
            fine = re.fullmatch(rf"stg_{re.escape(folder)}__[a-z0-9_]+", name)
        elif where == "intermediate":
            fine = re.fullmatch(r"int_[a-z0-9_]+", name)
        elif where != "marts":
            fine = None
        elif folder == "core":
            # customer_: the wide marts that have everything about a customer
            fine = re.fullmatch(r"(dim|fct|bridge|customer)_[a-z0-9_]+", name)
        else:
            fine = not re.match(r"(stg|int)_", name)
        if not fine:
            wrong.append(f"{name}: not a name for {where}/{folder}")
        elif file != f"{name}.sql":
            wrong.append(f"{name}: stands in {file}")
    return wrong


@rule
def no_long_chains_of_views(manifest: Manifest) -> list[str]:
    """Every reader of the last view computes them all."""
    nodes = manifest["nodes"]
    lengths: dict[str, int] = {}

    def length(unique_id: str) -> int:
        node = nodes[unique_id]
        if node["config"]["materialized"] not in ("view", "ephemeral"):
            return 0
        if unique_id not in lengths:
            above = [length(parent) for parent in _parents(node, "model")]
            lengths[unique_id] = 1 + max(above, default=0)
        return lengths[unique_id]

    return [
        f"{model['name']}: the last of {length(model['unique_id'])} views in a row"
        for model in models(manifest)
        if length(model["unique_id"]) > LONGEST_VIEW_CHAIN
    ]


@rule
def macros_are_documented(manifest: Manifest) -> list[str]:
    """What it does and what each argument is; variants by engine share a text."""
    project = manifest["metadata"]["project_name"]
    wrong = []
    for macro in manifest["macros"].values():
        if macro["package_name"] != project or "__" in macro["name"]:
            continue
        if not macro["original_file_path"].startswith("macros/"):
            continue
        if not macro["description"].strip():
            wrong.append(f"{macro['name']}: no description in _macros.yml")
        described = {
            argument["name"]
            for argument in macro["arguments"]
            if (argument.get("description") or "").strip()
        }
        wrong += [
            f"{macro['name']}: the argument {name} is not described"
            for name in macro_arguments(macro["macro_sql"])
            if name not in described
        ]
        wrong += [
            f"{macro['name']}: has no argument {argument['name']}"
            for argument in macro["arguments"]
            if argument["name"] not in macro_arguments(macro["macro_sql"])
        ]
    return wrong


def macro_arguments(macro_sql: str) -> list[str]:
    """The names between the parentheses of `{% macro name(…) %}`."""
    head = re.search(
        r"\{%-?\s*(?:macro|test)\s+\w+\s*\((.*?)\)\s*-?%\}", macro_sql, re.S
    )
    if not head:
        return []
    # a default may itself hold commas, in brackets or quotes
    bare = re.sub(r"\[[^\]]*\]|\([^)]*\)|'[^']*'|\"[^\"]*\"", "", head[1])
    return [part.split("=")[0].strip() for part in bare.split(",") if part.strip()]
