"""What `{{ … }}` means to sqlfluff: each macro of the project, by its name alone.

sqlfluff's dbt templater can't be installed beside dbt-core 1.11.16 (they ask for
different versions of click), and its jinja templater knows neither dbt_utils nor
what a macro reads from dbt. What is linted is the SQL as it stands in the file,
so a macro only has to be something that may stand in its place.
"""

import re
from collections.abc import Callable
from pathlib import Path

_MACROS = Path(__file__).resolve().parents[4] / "dbt_project" / "macros"
_HEAD = re.compile(r"\{%-?\s*macro\s+(\w+)\s*\([^{]*?\)\s*-?%\}")
_NOT_SQL = re.compile(r"\{#.*?#\}|\{%.*?%\}", re.DOTALL)


class _Anything(str):
    """A word that is its own attribute and its own item."""

    __slots__ = ()

    def __getattr__(self, name: str) -> "_Anything":
        return self

    def __getitem__(self, key: object) -> "_Anything":
        return self


def _stand_in(name: str, text: str) -> Callable[..., object]:
    body = _NOT_SQL.sub(" ", _HEAD.sub(" ", text, count=1))
    if "return(" in body:
        return lambda *_, **__: [_Anything("item")]
    if re.fullmatch(r"\s*\w+\s*", body):
        return lambda *_, **__: body
    if re.match(r"\s*(select|with)\b", body):
        return lambda *_, **__: "select 1 as item"
    return lambda *_, **__: f"{name}(1)"


class dbt_utils:
    """The package's macro that stands in SQL."""

    generate_surrogate_key = staticmethod(lambda fields: "md5('')")


for _path in sorted(_MACROS.rglob("*.sql")):
    if _HEAD.search(_path.read_text()):
        globals()[_path.stem] = _stand_in(_path.stem, _path.read_text())
