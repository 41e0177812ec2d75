"""The table people read and the file that programs read."""

from __future__ import annotations

import json
import os
import platform
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ops.paths import VAR

FILE = VAR / "bench" / "latest.json"


@dataclass(frozen=True)
class Row:
    """One figure; `of` says what it is compared with, `ratio` is value ÷ that, or value ÷ goal. One that `is_broken`
    makes the run fail."""

    name: str
    value: float
    unit: str
    of: str = ""
    ratio: float | None = None
    is_broken: bool = False


def write(rows: list[Row], machine: dict[str, Any], remarks: dict[str, Any]) -> Path:
    """Keep the measurements of this run; measurements of parts that were not run are not carried over."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    document = {"rows": [asdict(row) for row in rows], "machine": machine, "remarks": remarks}
    FILE.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    return FILE


def machine() -> dict[str, Any]:
    """What the figures are measured on, and how busy it is before."""
    return {
        "cpus": os.cpu_count(),
        "processor": _processor(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0],
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def table(rows: list[Row]) -> str:
    """Aligned columns."""
    widest = max((len(row.name) for row in rows), default=0)
    lines = []
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:>8.2f} ×"
        mark = "!" if row.is_broken else " "
        lines.append(f"{mark} {row.name:<{widest}}  {_number(row.value):>10} {row.unit:<10} {ratio}  {row.of}".rstrip())
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2f}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
