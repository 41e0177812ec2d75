from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from app.core.changes import Changes
from app.core.errors import Unavailable
from app.read.operations import due_work
from app.worker.due import Due


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What the database says is due; it always has something new."""
    made: set[str] = set()
    monkeypatch.setattr(due_work, "due_jobs", lambda: frozenset(made))
    monkeypatch.setattr(Changes, "are_worth_a_look", lambda _: True)
    return made


def test_what_nobody_looks_for_is_always_due(found: set[str]) -> None:
    due = Due()
    found.add("send_mail")

    due.look()

    assert [due.has(name) for name in ("send_mail", "close_due", "count_metrics")] == [True, False, True]


def test_who_sleeps_is_woken_when_something_is_due(found: set[str]) -> None:
    due, stopping = Due(), threading.Event()
    sleeper = threading.Thread(target=due.wait, args=[60], daemon=True)
    looker = threading.Thread(target=due.run, args=[stopping], daemon=True)
    sleeper.start()
    looker.start()
    sleeper.join(0.5)
    slept = sleeper.is_alive()

    found.add("send_mail")
    sleeper.join(30)

    assert slept
    assert not sleeper.is_alive()
    stopping.set()
    looker.join(30)


def test_who_sleeps_is_woken_at_the_end(found: set[str]) -> None:
    due, stopping = Due(), threading.Event()
    sleeper = threading.Thread(target=due.wait, args=[60], daemon=True)
    sleeper.start()

    stopping.set()
    due.run(stopping)
    sleeper.join(30)

    assert found == set()
    assert not sleeper.is_alive()


@pytest.mark.parametrize("error", [Unavailable(), RuntimeError("a bug")])
def test_a_look_that_fails_is_not_the_last(
    found: set[str], monkeypatch: pytest.MonkeyPatch, wait_until: Callable[..., None], error: Exception
) -> None:
    looks: list[int] = []

    def fail_once() -> frozenset[str]:
        looks.append(1)
        if len(looks) == 1:
            raise error
        return frozenset({"send_mail"})

    monkeypatch.setattr(due_work, "due_jobs", fail_once)
    due, stopping = Due(), threading.Event()
    looker = threading.Thread(target=due.run, args=[stopping], daemon=True)
    looker.start()

    wait_until(lambda: due.has("send_mail"), what="another look")

    assert found == set()
    stopping.set()
    looker.join(30)
