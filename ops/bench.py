"""`make bench`: the speed figures, on servers of their own."""

from __future__ import annotations

import subprocess
import sys

from ops import environment
from ops.console import OpsError
from ops.paths import ROOT


def main(arguments: list[str]) -> int:
    """The bench's own exit status."""
    if not (ROOT / "bench" / "__main__.py").exists():
        raise OpsError("there is no bench in this checkout.")
    environment.prepare_var()
    return subprocess.run([sys.executable, "-m", "bench", *arguments], cwd=ROOT, check=False).returncode
