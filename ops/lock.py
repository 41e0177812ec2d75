"""`make lock`: resolve requirements*.in into files that name every package, its version and its hashes.

No address of a package index is written; `--upgrade` (ARGS) takes newer versions.
"""

from __future__ import annotations

import subprocess
import sys

from ops.console import step
from ops.paths import ROOT

OPTIONS = (
    *("--quiet", "--generate-hashes", "--strip-extras", "--allow-unsafe", "--no-header", "--no-annotate"),
    *("--no-emit-index-url", "--no-emit-trusted-host", "--no-emit-find-links"),
)


def main(arguments: list[str]) -> int:
    for name in ("requirements", "requirements-dev"):
        with step(f"Locking {name}.txt"):
            command = [sys.executable, "-m", "piptools", "compile", *OPTIONS, *arguments]
            subprocess.run([*command, "-o", f"{name}.txt", f"{name}.in"], cwd=ROOT, check=True)
    return 0
