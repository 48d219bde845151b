"""What must not be in any file of the repository, and what must stay in order."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from customer360.settings import ROOT

# pieces put together here, so that this file does not find itself
MACHINE_PATH = re.compile(
    "(?<![\\w.)}/~])/(?:" + "|".join(["work", "root", "home/\\w+", "Users/\\w+"]) + ")/"
)
PACKAGE_SOURCE = re.compile(
    "|".join(f"{word}[ =]" for word in ("index-url", "trusted-host", "find-links")),
    re.IGNORECASE,
)
SECRET = re.compile(
    "|".join(
        [
            "-----BEGIN [A-Z ]*" + "PRIVATE KEY",
            "AKIA" + "[0-9A-Z]{16}",
            "gh[pousr]_" + "[0-9A-Za-z]{30,}",
            "xox[baprs]-" + "[0-9A-Za-z-]{10,}",
            "[sr]k_live_" + "[0-9A-Za-z]{10,}",
            "eyJ[0-9A-Za-z_-]{15,}" + "\\.eyJ",
        ]
    )
)
URL_PASSWORD = re.compile(r"\w://[^\s:/@\"']+:([^\s@/\"'`{}$<>%\[\]|]+)@")
# what the documentation calls a password when it means one of the reader's own
PLACEHOLDERS = {"password", "PASSWORD", "…", "***"}
ASSIGNED_PASSWORD = re.compile(
    r"(?:password|passwd|secret|api_key|token)[\"']?(?::|\s*=)\s*[\"'](?=[^\"'\s]{4,}[\"'])"
    r"([^\"'{}$<>%]+)[\"']",
    re.IGNORECASE,
)


def tracked() -> list[Path]:
    """Every file that is, or would be, committed."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listing.returncode:
        pytest.skip("not a git checkout")
    files = (ROOT / name for name in listing.stdout.split("\0") if name)
    return [file for file in files if file.is_file()]


def texts() -> list[tuple[str, str]]:
    """Name and text of every text file."""
    found = []
    for file in tracked():
        content = file.read_bytes()
        if b"\0" not in content[:8192]:
            name = str(file.relative_to(ROOT))
            found.append((name, content.decode(errors="replace")))
    return found


def passwords_in_urls(text: str) -> list[str]:
    return [p for p in URL_PASSWORD.findall(text) if p not in PLACEHOLDERS]


def test_no_path_of_somebody_s_machine() -> None:
    assert [n for n, text in texts() if MACHINE_PATH.search(text)] == []


def test_packages_come_from_wherever_the_user_gets_packages() -> None:
    assert [n for n, text in texts() if PACKAGE_SOURCE.search(text)] == []


def test_no_secret() -> None:
    assert [n for n, text in texts() if SECRET.search(text)] == []


def test_no_password_outside_the_tests() -> None:
    found = [
        name
        for name, text in texts()
        if not name.startswith("tests/")
        and (passwords_in_urls(text) or ASSIGNED_PASSWORD.search(text))
    ]
    assert found == []


def test_no_big_or_private_file() -> None:
    for file in tracked():
        assert file.stat().st_size < 1_000_000, file
        assert file.suffix not in (".pem", ".key", ".p12"), file
        assert file.name != ".env"


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (MACHINE_PATH, "open('/ho" + "me/ana/data.csv')"),
        (MACHINE_PATH, "cd /wo" + "rk/customer360"),
        (MACHINE_PATH, "HOME=/ro" + "ot/"),
        (PACKAGE_SOURCE, "pip install --extra-index" + "-url https://pypi.example"),
        (PACKAGE_SOURCE, "find-" + "links = wheels"),
        (SECRET, "-----BEGIN RSA PRIVATE" + " KEY-----"),
        (SECRET, "AKIA" + "ABCDEFGHIJKLMNOP"),
        (SECRET, "ghp_" + "a" * 36),
        (URL_PASSWORD, "postgresql://airflow:air" + "flow@postgres/airflow"),
        (ASSIGNED_PASSWORD, "password = 'ch" + "angeme'"),
        (ASSIGNED_PASSWORD, '"api_key": "ab' + 'cdef"'),
    ],
)
def test_the_patterns_catch(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://github.com/work/root",
        "./work/x and ../root/x and a/home/x/y",
        "postgresql://customer360:${C360_DB_PASSWORD}@postgres",
        "postgresql://user:password@host:5432/database",
        "password=env['PGPASSWORD']",
        "password = secrets.token_hex(24)",
        "password: \"{{ env_var('PGPASSWORD', '') }}\"",
    ],
)
def test_the_patterns_let_pass(text: str) -> None:
    for pattern in (MACHINE_PATH, PACKAGE_SOURCE, SECRET, ASSIGNED_PASSWORD):
        assert not pattern.search(text), pattern
    assert not passwords_in_urls(text)


def test_every_requirement_is_pinned_and_hashed() -> None:
    lock = (ROOT / "requirements.txt").read_text()
    for block in re.split(r"\n(?=[a-z])", re.sub(r"(?m)^#.*\n", "", lock)):
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+", block), block[:80]
        assert "--hash=sha256:" in block, block[:80]


def test_the_lock_has_everything_that_is_asked_for() -> None:
    def names(file: str) -> set[str]:
        lines = (ROOT / file).read_text().splitlines()
        found = (re.match(r"[a-z0-9][a-z0-9._-]*", line) for line in lines)
        return {match[0] for match in found if match}

    assert names("requirements.in") <= names("requirements.txt")
    assert names("requirements-dev.in") <= names("requirements-dev.txt")


def test_continuous_integration_runs_what_a_person_runs() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert "set -euo pipefail" in script
    assert re.search(r"^(exec )?make test$", script, re.MULTILINE)
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    commands = [
        step.get("run", "")
        for job in workflow["jobs"].values()
        for step in job["steps"]
    ]
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE))
    for target in re.findall(r"\bmake ([a-z0-9-]+)", "\n".join([*commands, script])):
        assert target in targets, f"make {target}"


def test_make_test_runs_the_linters_and_every_test() -> None:
    dry_run = subprocess.run(
        ["make", "--dry-run", "--always-make", "test"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    for command in ("ruff check", "ruff format --check", "sqlfluff lint", "pytest"):
        assert re.search(rf"/[\w ./-]*{command}|-m {command}", dry_run.stdout), command
