"""`make bench`: the speed figures, on servers of their own. ARGS names the parts."""

from __future__ import annotations

import subprocess
import sys

from ops.paths import ROOT


def main(arguments: list[str]) -> int:
    """Run the bench; its exit status."""
    return subprocess.run([sys.executable, "-m", "bench", *arguments], cwd=ROOT, check=False).returncode
