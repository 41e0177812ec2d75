"""The container image and compose.yaml start what `make run` starts. No container engine is needed for that."""

from __future__ import annotations

import re
import stat

import pytest

from ops import processes
from ops.paths import ROOT
from ops.processes import Program

KINDS = (processes.web("0.0.0.0", 8000), processes.WORKER, processes.FILES, processes.RELAY)  # noqa: S104
SCRIPT = (ROOT / "ops" / "container.sh").read_text()
COMPOSE = (ROOT / "compose.yaml").read_text()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_image_starts_each_kind_of_process_as_the_supervisor_does(kind: Program) -> None:
    module = " ".join(kind.command[1:3])

    assert re.search(rf"^  {kind.name}\) exec python {re.escape(module)}( |$)", SCRIPT, re.MULTILINE)
    assert re.search(rf"^  {kind.name}:\n    <<: \*process\n    command: {kind.name}$", COMPOSE, re.MULTILINE)


def test_the_entry_point_can_be_started() -> None:
    assert (ROOT / "ops" / "container.sh").stat().st_mode & stat.S_IXUSR


def test_what_the_image_copies_is_there_and_let_through() -> None:
    copies = re.findall(r"^COPY (?:--\S+ )?(.+) \S+$", (ROOT / "Containerfile").read_text(), re.MULTILINE)
    names = [name for line in copies for name in line.split()]
    let_through = re.findall(r"^!(.+)$", (ROOT / ".containerignore").read_text(), re.MULTILINE)

    assert [name for name in names if not (ROOT / name).exists()] == []
    assert sorted(names) == sorted(let_through)
    assert (ROOT / ".dockerignore").read_text() == (ROOT / ".containerignore").read_text()


def test_no_running_process_gets_the_login_of_the_tables_owner() -> None:
    [before, after] = COMPOSE.split("DATABASE_OWNER_URL:")

    assert before.rstrip().endswith("<<: *logins")
    assert "  migrate:" in before.rsplit("\n\n", 1)[-1]
    assert "<<: *process" not in after
