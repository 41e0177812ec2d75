"""`make check`: style, types, walls, templates, security, the SDK. One line for each check, two running at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from ops import sdk
from ops.console import OpsError, print_line
from ops.paths import ROOT

PYTHON = tuple(name for name in ("app", "bench", "ops", "sandbox", "wsgi.py") if (ROOT / name).exists())


@dataclass(frozen=True)
class Result:
    """What one check found; `output` is shown when it is not good."""

    name: str
    good: bool
    seconds: float
    output: str


@dataclass(frozen=True)
class Check:
    """A command to run in `cwd`, or a function that answers what is wrong (nothing when all is well)."""

    name: str
    command: tuple[str, ...] = ()
    find: Callable[[], str] | None = None


def main(arguments: list[str]) -> int:
    """0 when every check (or those named in `arguments`) is good."""
    began = time.monotonic()
    every = checks()
    if strange := [name for name in arguments if name not in {check.name for check in every}]:
        raise OpsError(f"there is no check {strange[0]!r}; there are: {', '.join(check.name for check in every)}.")
    selected = [check for check in every if not arguments or check.name in arguments]
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = []
        for result in pool.map(run, selected):
            results.append(result)
            print_line(f"  {'ok  ' if result.good else 'FAIL'} {result.name:<16} {result.seconds:5.1f} s")
    for result in results:
        if not result.good:
            print_line(f"\n── {result.name}\n{result.output.rstrip()}")
    bad = sum(not result.good for result in results)
    verdict = f"{bad} of {len(results)} checks failed" if bad else f"All {len(results)} checks passed"
    print_line(f"\n{verdict} ({time.monotonic() - began:.0f} s).")
    return 1 if bad else 0


def checks() -> list[Check]:
    """The longest first, so that two at a time end together."""
    served = [name for name in ("app", "sandbox") if (ROOT / name).exists()]
    found = [
        Check("types", _python("mypy", *PYTHON)),
        Check("security", _python("bandit", "--quiet", "-r", *served, "-c", "pyproject.toml", "-ll", "-ii")),
        Check("secrets", find=_secrets),
        Check("templates", _python("djlint", "--lint", "--quiet", "templates")),
        Check("texts", find=_texts),
        Check("template form", find=_template_form),
        Check("walls", _program("lint-imports", "--no-logo")),
        Check("dead code", find=_dead_code),
        Check("lint", _python("ruff", "check", ".")),
        Check("format", _python("ruff", "format", "--check", ".")),
        Check("migrations", find=_migration_heads),
    ]
    if sdk.exists():
        found += [Check(f"sdk {name}", find=partial(sdk.check, name)) for name in sdk.scripts()]
    return found


def run(check: Check) -> Result:
    """Run one check to its end."""
    began = time.monotonic()
    if check.find:
        output = check.find()
        return Result(check.name, not output, time.monotonic() - began, output)
    done = subprocess.run(
        check.command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return Result(check.name, done.returncode == 0, time.monotonic() - began, done.stdout)


def _dead_code() -> str:
    """Unused arguments are left to ruff, which knows protocols and overrides."""
    command = _program("vulture", "--min-confidence", "80", *PYTHON)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = [line for line in done.stdout.splitlines() if "unused variable" not in line]
    return "\n".join(found) + done.stderr


def _secrets() -> str:
    from ops import secret_scan

    return secret_scan.found()


def _template_form() -> str:
    from ops import templates

    return "\n".join(templates.problems())


def _texts() -> str:
    from ops.texts.check import problems

    return "\n".join(problems())


def _python(*command: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *command)


def _program(name: str, *arguments: str) -> tuple[str, ...]:
    return (os.path.join(os.path.dirname(sys.executable), name), *arguments)


def _migration_heads() -> str:
    from alembic.script import ScriptDirectory

    heads = ScriptDirectory(str(ROOT / "migrations")).get_heads()
    return "" if len(heads) == 1 else f"there must be one head, not {len(heads)}: {', '.join(heads)}"
