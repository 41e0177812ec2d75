"""The Python client in examples/python sells, refunds and believes what is signed, as its page says."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ops.paths import ROOT
from ops.testing.stack import Stack

pytestmark = pytest.mark.timeout(240)


def test_the_python_example_sells_and_refunds(stack: Stack) -> None:
    env = {**stack.env, "BURSAR_URL": stack.url, "BURSAR_SECRET_KEY": stack.demo["secret_key"]}
    command = [sys.executable, "-W", "error", str(ROOT / "examples" / "python" / "sell.py")]

    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=200, check=False)

    assert done.returncode == 0, done.stderr
    lines = [line.split()[0] for line in done.stdout.splitlines()]
    assert lines == ["placed", "paid", "refused", "refunded"], done.stdout
    assert "refund_exceeds_rest (409)" in done.stdout
    assert done.stdout.rstrip().endswith("succeeded")
