"""Starting the client, a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from bench.place import HOST, Place
from bench.shops import BenchShop
from ops.paths import ROOT


def drive(module: str, place: Place, shops: list[BenchShop], **plan: Any) -> dict[str, Any]:
    """Let `bench.<module>` do what the plan says at these shops; what it measured.

    Raises:
        RuntimeError: it failed.
    """
    plan |= {"host": HOST, "port": place.web_port, "database": place.admin()}
    return run(module, {**plan, "shops": [shop.as_json() for shop in shops]})


def run(module: str, plan: dict[str, Any]) -> dict[str, Any]:
    """Let `bench.<module>` do what the plan says; what it measured.

    Raises:
        RuntimeError: it failed.
    """
    command = [sys.executable, "-m", f"bench.{module}"]
    done = subprocess.run(command, input=json.dumps(plan), cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the clients failed:\n{done.stderr[-2000:]}")
    return dict(json.loads(done.stdout))
