"""A process that dies where it is told to, and those who carry on after it."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.domain.payments.models import PaymentAttempt
from ops.testing.forks import Forks
from tests.factories.shop import Shop

ROOT = Path(__file__).parents[2]


def points_of(workflow: str) -> set[str]:
    """Every point of app/workflow/<area>/<this>.py to stop the process at; `{source}` as the file has it."""
    [path] = (ROOT / "app" / "workflow").glob(f"*/{workflow}.py")
    source = path.read_text()
    phases = re.findall(r"db\.(?:system_)?phase\(\s*f?\"([a-z_.{}]+)\"", source)
    ends = {f"{phase}.{end}" for phase in phases for end in ("before_commit", "after")}
    return ends | set(re.findall(r"crash\.point\(\"([a-z_.]+)\"", source))


@pytest.fixture(scope="session")
def forks(app_env: dict[str, str]) -> Iterator[Forks]:
    with Forks("tests.faults.act:load", {**os.environ, **app_env}) as made:
        yield made


@pytest.fixture
def dies(forks: Forks, app_env: dict[str, str]) -> Callable[..., None]:
    """A function that does one step in another process, which must die at the point named."""

    def act(shop: Shop, action: str, subject: uuid.UUID | None, *, at: str) -> None:
        values = {"shop": asdict(shop), "action": action, "subject": str(subject) if subject else None}
        done = forks.run("tests.faults.act:do", values, env={**os.environ, **app_env, "CRASH_AT": at})
        assert done.returncode == 137, f"{at} was not reached: {done.returncode}\n{done.stderr[-3000:]}"

    return act


@pytest.fixture
def carry_on(clock: Any) -> Callable[..., None]:
    """A function that does what the poll, the sweep and the buyer do after a while, until nothing is open."""

    def carry_through(shop: Shop, *, approve: bool = False) -> None:
        for _ in range(4):
            clock.move(100)
            for attempt in _undecided(shop):
                if approve:
                    _approve_if_known(shop, attempt.id)
                shop.poll(attempt.id)
            shop.work_off()
        assert _undecided(shop) == []

    return carry_through


def _undecided(shop: Shop) -> list[Any]:
    table = PaymentAttempt.__table__
    return list(shop.many(select(table).where(table.c.next_poll_at.is_not(None)).order_by(table.c.id)))


def _approve_if_known(shop: Shop, attempt_id: uuid.UUID) -> None:
    try:
        shop.approve(attempt_id)
    except httpx.HTTPStatusError as refused:
        if refused.response.status_code not in (404, 409):  # unknown, or decided already
            raise
