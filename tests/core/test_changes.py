from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core import clock, db
from app.core.changes import Changes
from app.core.errors import Unavailable
from app.domain.catalog.models import Product
from tests.factories.business import make_business


@pytest.fixture
def snapshots(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the database answers: the last of these."""
    made = ["1:1:"]
    monkeypatch.setattr(Changes, "_ask", lambda _: made[-1])
    return made


def test_nothing_is_looked_for_until_something_is_committed(snapshots: list[str]) -> None:
    known = Changes(sweep_s=60)
    first = [known.are_worth_a_look(), known.are_worth_a_look()]

    snapshots.append("1:2:")

    assert first == [True, False]
    assert [known.are_worth_a_look(), known.are_worth_a_look()] == [True, False]


def test_what_was_found_is_looked_for_again(snapshots: list[str]) -> None:
    known = Changes(sweep_s=60)
    known.are_worth_a_look()

    known.look_again()

    assert snapshots == ["1:1:"]
    assert [known.are_worth_a_look(), known.are_worth_a_look()] == [True, False]


def test_what_becomes_due_by_time_is_looked_for(snapshots: list[str]) -> None:
    known = Changes(sweep_s=0)

    assert [known.are_worth_a_look() for _ in range(3)] == [True, True, True]
    assert snapshots == ["1:1:"]


def test_every_commit_that_wrote_is_seen_however_long_its_transaction_took(app: Flask) -> None:
    assert app
    business_id = make_business()
    wrote, may_commit = threading.Event(), threading.Event()

    def write() -> None:
        with db.phase("test.write", business_id):
            db.run(Product.__table__.update().values(name="changed"))
            wrote.set()
            may_commit.wait(60)

    known = Changes()
    before = known._ask()
    with db.phase("test.add", business_id):
        db.add(Product, name="new")
    added = known._ask()
    writing = threading.Thread(target=write)
    writing.start()
    assert wrote.wait(60)
    open_ = known._ask()
    may_commit.set()
    writing.join(60)
    committed = known._ask()

    assert before != added
    assert open_ != committed


def test_the_answer_tells_the_time(app: Flask) -> None:
    assert app
    known = Changes()
    clock.forget()

    known.are_worth_a_look()

    assert clock.is_known()
    assert not clock.is_due()


def test_a_connection_that_was_cut_is_made_anew(app: Flask) -> None:
    assert app
    known, other = Changes(), Changes()
    for each in (known, other):
        each.are_worth_a_look()
    assert known._connection is not None
    assert other._connection is not None
    pid = known._connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    other._connection.execute(select(func.pg_terminate_backend(pid)))

    with pytest.raises(Unavailable):
        known.are_worth_a_look()

    assert known._ask()
