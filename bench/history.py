"""`bench/history.jsonl`: one line for each run, so that figures of one kind of machine can be compared."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bench.report import Row
from ops.paths import ROOT

FILE = ROOT / "bench" / "history.jsonl"
LAST = 5  # runs on a machine of this kind that say what is usual
Machine = dict[str, Any]


def keep(rows: Sequence[Row], machine: Machine, parts: Sequence[str], file: Path = FILE) -> None:
    """Add a line about this run."""
    line = {
        "at": machine["at"],
        "commit": _commit(),
        "machine": kind(machine),
        "load_before": round(machine["load_before"], 1),
        "parts": list(parts),
        "figures": {row.name: float(f"{row.value:.4g}") for row in rows},
    }
    with file.open("a") as opened:
        opened.write(json.dumps(line, ensure_ascii=False) + "\n")


def usual(name: str, machine: Machine, file: Path = FILE) -> float | None:
    """The median of a figure in the last runs on a machine of this kind; None when there was none."""
    lines = file.read_text().splitlines() if file.exists() else []
    runs = [run for run in map(json.loads, lines) if run["machine"] == kind(machine) and name in run["figures"]]
    return median(run["figures"][name] for run in runs[-LAST:]) if runs else None


def kind(machine: Machine) -> str:
    """What makes machines comparable: how many processors and which; nothing that says whose machine it is."""
    return f"{machine['cpus']} × {machine['processor']}"


def _commit() -> str:
    """The commit, with a plus when there are changes on top of it."""
    command = ["git", "describe", "--always", "--exclude=*", "--dirty=+"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
