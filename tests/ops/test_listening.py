"""Taken ports are reported before anything is installed: which one, for what, and who has it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops import listening
from ops.console import OpsError
from ops.paths import ROOT
from ops.testing import env as test_env
from ops.testing import ports


@pytest.fixture
def taken() -> Iterator[int]:
    """The second of three ports in a row, at which somebody listens."""
    port = ports.free(3) + 1
    with socket.create_server(("127.0.0.1", port)):
        yield port


def test_port_is_free_until_somebody_listens(taken: int) -> None:
    assert listening.is_free("127.0.0.1", taken - 1)
    assert not listening.is_free("127.0.0.1", taken)


def test_who_listens_is_named(taken: int) -> None:
    assert listening.holder_of(taken).endswith(f"(process {os.getpid()})")
    assert listening.holder_of(taken - 1) == ""


def test_foreign_address_is_reported_as_unusable_and_not_used() -> None:
    with pytest.raises(OpsError, match="203.0.113.9:9000.*HOST and PORT"):
        listening.is_free("203.0.113.9", 9000)


def test_ports_are_looked_at_before_anything_is_installed(taken: int, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT / "ops", checkout / "ops", ignore=shutil.ignore_patterns("__pycache__"))

    refused = subprocess.run(
        [sys.executable, "-m", "ops", "run"],
        cwd=checkout,
        env={**test_env.inherited(), "PORT": str(taken - 1)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert refused.returncode == 1
    assert f"port {taken}, meant for the demo shop, is taken by" in refused.stderr
    assert f"(process {os.getpid()})" in refused.stderr
    offered = int(re.findall(r"make run PORT=(\d+)", refused.stderr)[0])
    assert all(listening.is_free("127.0.0.1", offered + n) for n in range(3))
    assert not (checkout / ".venv").exists()
