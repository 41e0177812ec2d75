"""`make fmt`: the mechanical part of the house's form."""

from __future__ import annotations

import subprocess
import sys

from ops import templates
from ops.paths import ROOT


def main(arguments: list[str]) -> int:
    del arguments
    for command in (["check", "--fix-only", "--quiet"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, "."], cwd=ROOT, check=True)
    templates.fix()
    return 0
