"""What lies under var/ is for its owner alone, also what an older version left open."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ops import closed
from ops.paths import ROOT
from tests.ops.secrecy import left_open


@pytest.fixture
def var(tmp_path: Path) -> Path:
    """As an older version made it: open to read for everybody."""
    made = tmp_path / "var"
    for folder in ("log", "files/images", "mail"):
        (made / folder).mkdir(parents=True)
        (made / folder / "one").write_text("x")
    for path in (made, *made.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return made


def test_what_was_left_open_is_closed(var: Path) -> None:
    assert left_open(var)

    closed.close(var)

    assert left_open(var) == []
    assert (var / "files" / "images" / "one").stat().st_mode & 0o777 == 0o600


def test_passage_of_the_databases_account_stays(var: Path) -> None:
    closed.let_pass(var, os.getegid())

    closed.close(var)

    assert var.stat().st_mode & 0o777 == 0o710


def test_link_leads_nowhere_else(var: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o755)
    (var / "log" / "elsewhere").symlink_to(outside)

    closed.close(var)

    assert outside.stat().st_mode & 0o777 == 0o755


def test_secrets_of_an_older_log_are_taken_out(tmp_path: Path) -> None:
    log = tmp_path / "setup.log"
    log.write_text('begun\n{"email": "o@x.test", "secret_key": "sk_test_1", "password": "p"}\nended\n')

    closed.forget_secrets(log)

    assert log.read_text() == "begun\nended\n"


def test_preparing_closes_var_and_what_children_make(tmp_path: Path) -> None:
    script = (
        "import subprocess; from ops import environment; from ops.paths import VAR; environment.prepare_var();"
        "subprocess.run(['sh', '-c', 'mkdir -p \"$1/made\" && echo x > \"$1/made/by-a-child\"', 'sh', str(VAR)])"
    )
    env = {**os.environ, "BURSAR_VAR": str(tmp_path / "var")}

    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=env, check=True)

    assert (tmp_path / "var" / "made" / "by-a-child").exists()
    assert left_open(tmp_path / "var") == []
