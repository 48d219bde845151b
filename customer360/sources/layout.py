"""SQL and YAML as the project's own files are laid out: 80 columns, 4 spaces."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

WIDTH = 80
_MACRO = re.compile(r"\{\{ (?P<name>[\w.]+)\((?P<arguments>.*)\) \}\}", re.DOTALL)


def select_list(items: Sequence[tuple[str, str]], indent: int = 8) -> str:
    """The expressions and names of a select, a comma behind each but the last. One
    without a name is a comment on the next."""
    lines = [
        _item(expression, name, indent, "," if k < len(items) else "")
        for k, (expression, name) in enumerate(items, start=1)
    ]
    return "\n".join(lines)


def _item(expression: str, name: str, indent: int, comma: str) -> str:
    blank = " " * indent
    if not name:
        return f"{blank}-- {expression}"
    if expression == name or expression.endswith(f".{name}"):
        return f"{blank}{expression}{comma}"
    line = f"{blank}{expression} as {name}{comma}"
    if max(map(len, line.splitlines())) <= WIDTH:
        return line
    if len(blank + expression) > WIDTH:
        if match := _MACRO.fullmatch(expression):
            return (
                f"{blank}{{{{ {match['name']}(\n"
                f"{blank}    {match['arguments']},\n"
                f"{blank}) }}}} as {name}{comma}"
            )
        expression = expression.replace(" and ", f"\n{blank}and ")
    return f"{blank}{expression}\n{blank}    as {name}{comma}"


def argument_list(name: str, texts: Sequence[str], indent: int) -> str:
    """A macro's argument that is a list of texts: `columns=["a", "b"],`."""
    blank = " " * indent
    quoted = [f'"{text}"' for text in texts]
    line = f"{blank}{name}=[{', '.join(quoted)}],"
    if len(line) <= WIDTH:
        return line
    inner = textwrap.fill(
        ", ".join(quoted) + ",",
        width=WIDTH,
        initial_indent=blank + "    ",
        subsequent_indent=blank + "    ",
        break_on_hyphens=False,
        break_long_words=False,
    )
    return f"{blank}{name}=[\n{inner}\n{blank}],"


def yaml_text(key: str, text: str, indent: int) -> str:
    """A key whose value is a sentence, folded where it is longer than a line."""
    blank = " " * indent
    plain = f"{blank}{key}: {_plain(text)}"
    if len(plain) <= WIDTH:
        return plain
    folded = textwrap.fill(
        text,
        width=WIDTH,
        initial_indent=blank + "  ",
        subsequent_indent=blank + "  ",
        break_on_hyphens=False,
        break_long_words=False,
    )
    return f"{blank}{key}: >\n{folded}"


def yaml_quoted(text: str) -> str:
    """A text within double quotes, whatever is in it."""
    inner = text.replace("\\", "\\\\").replace('"', '\\"')
    inner = "".join(
        c if c.isprintable() else f"\\u{ord(c):04x}" if ord(c) < 0x10000 else c
        for c in inner
    )
    return f'"{inner}"'


def _plain(text: str) -> str:
    """The text as YAML has it without quotes, if it can."""
    if re.search(r": |:$| #|^[\s\-?:,\[\]{}#&*!|>'\"%@`]", text) or text in ("", "~"):
        return yaml_quoted(text)
    return text
