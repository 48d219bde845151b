"""`.env` from `.env.example`, with a generated secret for each empty value."""

from __future__ import annotations

import base64
import os
import re
import secrets
from pathlib import Path

from rich.console import Console

from customer360.errors import UserError
from customer360.settings import ROOT

EXAMPLE = ROOT / ".env.example"
SETTING = re.compile(r"^(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>.*)$", re.MULTILINE)

IMAGE_UID = 50000
"""The user of the image, for whoever starts the containers as root."""


def write_env(
    path: Path, *, example: Path = EXAMPLE, console: Console | None = None
) -> bool:
    """Write `path` from `example`, readable by its owner alone, and say so.

    An empty value becomes a generated secret, `AIRFLOW_UID` this user's id. A file
    that is there stays as it is; settings that it lacks are named. Returns
    whether it wrote. Raises `UserError` where it can't write.
    """
    console = console or Console()
    template = example.read_text()
    text = SETTING.sub(_filled, template)
    try:
        # exclusive: never overwrites, and never follows a link to elsewhere
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        _keep(path, template, console)
        return False
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
    except OSError as error:
        # half of it would be taken for all of it the next time
        path.unlink()
        raise _unwritable(path, error) from None
    console.print(f"{path.name} written, with generated secrets", highlight=False)
    return True


def _unwritable(path: Path, error: OSError) -> UserError:
    return UserError(
        f"can't write {path}: {error.strerror}. Put that right and try again."
    )


def _filled(setting: re.Match[str]) -> str:
    name, value = setting["name"], setting["value"]
    if name == "AIRFLOW_UID":
        value = str(os.getuid() or IMAGE_UID)
    elif not value and name.endswith("FERNET_KEY"):
        value = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    elif not value:
        # hexadecimal needs no quoting in a URL, a shell or a compose file
        value = secrets.token_hex(24)
    return f"{name}={value}"


def _keep(path: Path, template: str, console: Console) -> None:
    message = f"{path.name} is there already: left as it is"
    try:
        found = path.read_text(errors="replace")
        there = {match["name"] for match in SETTING.finditer(found)}
    except OSError as error:
        raise UserError(f"can't read {path}: {error.strerror}") from None
    lacking = [m["name"] for m in SETTING.finditer(template) if m["name"] not in there]
    if lacking:
        message += f"; it lacks {', '.join(lacking)}, see .env.example"
    console.print(message, highlight=False, soft_wrap=True)
