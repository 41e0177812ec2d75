"""Pruning: batches by an index, and an end to each run."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core import clock, db, ids
from app.core.db import bulk, pruning
from app.core.db.models import IdempotencyKey
from app.workflow.operations import prune
from tests.factories.business import make_business

OLD = clock.now() - timedelta(days=3)
FEW = 7


@pytest.fixture
def business(app: Flask) -> uuid.UUID:
    assert app
    return make_business()


@pytest.fixture
def in_sevens(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Batches are of seven rows; how many rows each statement removed."""
    removed: list[int] = []
    run: Callable[..., int] = pruning.run

    def noted(statement: object) -> int:
        removed.append(run(statement))
        return removed[-1]

    monkeypatch.setattr(pruning, "BATCH", FEW)
    monkeypatch.setattr(pruning, "run", noted)
    return removed


def make(business_id: uuid.UUID, number: int, *, old: bool = True) -> None:
    first = ids.first_at(OLD).int if old else ids.new_id().int
    rows = [
        {"id": uuid.UUID(int=first + each), "route": "POST /v1/orders", "key": f"{old}-{each}", "body_hash": ""}
        | ({"created_at": OLD} if old else {})
        for each in range(number)
    ]
    with db.phase("test.make", business_id):
        bulk.insert(IdempotencyKey, rows)


def left(business_id: uuid.UUID) -> int:
    with db.reading(business_id):
        return int(db.scalar(select(func.count()).where(IdempotencyKey.business_id == business_id)))


def test_no_statement_removes_more_than_a_batch(business: uuid.UUID, in_sevens: list[int]) -> None:
    make(business, 3 * FEW + 1)
    make(business, 2, old=False)

    prune.prune_keys()

    assert left(business) == 2
    assert max(in_sevens) == FEW


@pytest.mark.usefixtures("in_sevens")
def test_every_business_has_its_turn(business: uuid.UUID) -> None:
    others = [make_business() for _ in range(3)]
    for each in (business, *others):
        make(each, FEW)

    prune.prune_keys()

    assert [left(each) for each in (business, *others)] == [0, 0, 0, 0]


@pytest.mark.usefixtures("in_sevens")
def test_a_run_ends_and_the_next_one_goes_on(business: uuid.UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    make(business, 2 * FEW + 1)
    monkeypatch.setattr(pruning, "_businesses", lambda _: [business])
    monkeypatch.setattr(pruning, "BUDGET_S", 0.0)

    assert [prune.prune_keys() for _ in range(3)] == [FEW, FEW, 1]
