"""`customer360 add-source`: look, propose, ask, and write all of it or nothing."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from customer360.errors import UserError
from customer360.ingest.declarations import declared_tables
from customer360.settings import Settings
from customer360.sources.changes import Change, changes, write
from customer360.sources.display import show
from customer360.sources.project import read_project
from customer360.sources.proposal import Choices, Proposal, propose
from customer360.sources.render import Rendered, render
from customer360.sources.sample import Sample, read_sample

Reader = Callable[[list[str], Choices], Choices]
"""Takes options as they are typed, and what was chosen before; gives what is chosen
then. UserError if they are no options."""

_QUESTION = (
    "\nAccept? [bold]y[/]es, [bold]n[/]o, or options that change it, such as "
    "--map Column=phone: "
)
_NAMES = frozenset(field.name for field in fields(Choices))


def add_source(
    settings: Settings,
    path: Path,
    choices: Choices,
    *,
    yes: bool = False,
    ask: Reader | None = None,
    console: Console | None = None,
) -> bool:
    """Propose how a file is declared and modelled, and write it if that is accepted;
    True if it was written.

    `yes` accepts. Without it, and with `ask`, a person is asked on the terminal, who
    may type options that change the proposal. UserError: the file, the choices or
    the project do not allow it; nothing is written then.
    """
    console = console or Console(quiet=True)
    sample = read_sample(path)
    found, made = _look(settings, sample, choices, console)
    while not yes and ask:
        typed = console.input(_QUESTION).strip()
        if typed.casefold() in ("n", "no", "q", "quit"):
            console.print("Nothing is written.")
            return False
        if typed.casefold() in ("y", "yes"):
            yes = True
        elif typed:
            try:
                changed = ask(shlex.split(typed), choices)
                found, made = _look(settings, sample, changed, console)
            except (UserError, ValueError) as error:
                console.print(Text(str(error), style="red"), soft_wrap=True)
            else:
                choices = changed
    if not yes:
        console.print(
            Text(f"\nNothing is written. To accept: {_accepting(path, choices)}"),
            soft_wrap=True,
        )
        return False
    write(made, check=lambda: declared_tables(settings))
    _tell_what_next(found.proposal, settings, console)
    return True


def choose(before: Choices, options: Mapping[str, Any]) -> Choices:
    """The choices with options of the command line; None was not given. UserError
    if one of them can't be read."""
    given = {
        name: value
        for name, value in options.items()
        if value is not None and name in _NAMES
    }
    if "key" in given:
        headers = [header.strip() for header in given["key"].split(",")]
        given["key"] = () if headers == ["none"] else tuple(filter(None, headers))
        if not given["key"] and headers != ["none"]:
            raise UserError("--key names no column: say --key none if there is none.")
    mapping = dict(before.mapping)
    for said in given.pop("mapping", ()):
        header, equals, meaning = said.rpartition("=")
        if not (header.strip() and equals and meaning.strip()):
            raise UserError(f"--map takes COLUMN=MEANING, not {said}.")
        mapping[header.strip()] = meaning.strip().casefold()
    return replace(before, **given, mapping=mapping)


def _look(
    settings: Settings, sample: Sample, choices: Choices, console: Console
) -> tuple[Rendered, list[Change]]:
    project = read_project(settings)
    found = render(propose(sample, project, choices), project)
    made = changes(found, project)
    show(found.proposal, project, made, console)
    return found, made


def _accepting(path: Path, choices: Choices) -> str:
    """The command that accepts what was proposed."""
    words = ["customer360", "add-source", str(path)]
    for option in (
        "system",
        "entity",
        "kind",
        "files",
        "issuer",
        "channel",
        "currency",
    ):
        if value := getattr(choices, option):
            words += [f"--{option}", value]
    if choices.key is not None:
        words += ["--key", ",".join(choices.key) or "none"]
    if choices.day_first is not None:
        words.append("--day-first" if choices.day_first else "--month-first")
    for header, meaning in choices.mapping.items():
        words += ["--map", f"{header}={meaning}"]
    return shlex.join([*words, "--yes"])


def _tell_what_next(proposal: Proposal, settings: Settings, console: Console) -> None:
    path = proposal.sample.path.resolve()
    console.print(
        Text(
            f"\nWritten. Read what was made ({settings.dbt_project_dir.name}/models/"
            f"staging/{proposal.system}/), then:"
        ),
        soft_wrap=True,
    )
    landing = settings.landing_dir
    if landing not in path.parents:
        with suppress(ValueError):
            landing = landing.relative_to(Path.cwd())
        folder = landing / proposal.system
        console.print(Text(f"  mkdir -p {shlex.quote(str(folder))}"), soft_wrap=True)
        copy = shlex.join(["cp", str(proposal.sample.path), f"{folder}/"])
        console.print(Text(f"  {copy}"), soft_wrap=True)
    console.print("  customer360 run")
