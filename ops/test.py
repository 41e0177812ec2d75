"""`make test`: the whole suite on a throw-away database, browser tests included."""

from __future__ import annotations

import os
import subprocess
import sys

from ops import browser, postgres, redis
from ops.console import print_line
from ops.paths import ROOT

SEED = "--randomly-seed=1"  # the order is mixed, and the same in every run; ARGS="--randomly-seed=2" mixes it anew


def main(arguments: list[str]) -> int:
    """pytest's own exit status."""
    if not os.environ.get("DATABASE_URL"):
        postgres.package()
    if not os.environ.get("REDIS_URL"):
        redis.program()
    if "--ignore=tests/e2e" not in arguments:
        found = browser.find()
        print_line(f"  Browser: {found.program}")
    workers = os.environ.get("TEST_WORKERS") or str(max(1, min(4, os.cpu_count() or 1)))
    spread = [] if workers == "1" or "-n" in arguments else ["-n", workers, "--dist=loadgroup"]
    order = [] if any("randomly" in argument for argument in arguments) else [SEED]
    command = [sys.executable, "-m", "pytest", *spread, *order, *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode
