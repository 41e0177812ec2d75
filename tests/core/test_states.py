from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import db, states
from app.core.db.models import OutboxEvent, StateChange
from app.core.states import IllegalTransition, RowState
from app.domain.catalog.states import PRODUCT
from tests.factories.business import make_business, make_product, product


@pytest.fixture
def business(app: Flask) -> uuid.UUID:
    """A business of this test's own."""
    assert app
    return make_business()


def _advance(business_id: uuid.UUID, row: Any, to: str, **columns: Any) -> RowState:
    with db.phase("test.advance", business_id):
        return states.advance(PRODUCT, row, to, reason="test", actor="tester", **columns)


def _history(business_id: uuid.UUID, row_id: uuid.UUID) -> list[tuple[Any, ...]]:
    with db.reading(business_id):
        rows = db.rows(
            select(StateChange.from_state, StateChange.to_state, StateChange.version, StateChange.actor)
            .where(StateChange.row_id == row_id)
            .order_by(StateChange.version)
        )
    return [tuple(row) for row in rows]


def _events(business_id: uuid.UUID, row_id: uuid.UUID) -> list[tuple[str, int]]:
    with db.reading(business_id):
        rows = db.rows(
            select(OutboxEvent.topic, OutboxEvent.sequence)
            .where(OutboxEvent.aggregate_id == row_id)
            .order_by(OutboxEvent.sequence)
        )
    return [(row.topic, row.sequence) for row in rows]


def test_a_step_changes_the_row_and_leaves_history_and_event(business: uuid.UUID) -> None:
    product_id = make_product(business)

    stand = _advance(business, product(business, product_id), "on_sale", name="Shown")

    row = product(business, product_id)
    assert (row.status, row.version, row.name) == ("on_sale", 2, "Shown")
    assert stand == RowState(product_id, "on_sale", 2)
    assert _history(business, product_id) == [(None, "draft", 1, "test"), ("draft", "on_sale", 2, "tester")]
    assert _events(business, product_id) == [("product.published", 1)]


def test_several_steps_of_one_row_fit_into_one_phase(business: uuid.UUID) -> None:
    product_id = make_product(business)

    with db.phase("test.steps", business):
        stand: Any = RowState(product_id, "draft", 1)
        for to in ("on_sale", "off_sale", "on_sale"):
            stand = states.advance(PRODUCT, stand, to, reason="test", actor="test")

    assert product(business, product_id).version == 4
    assert _events(business, product_id) == [
        ("product.published", 1),
        ("product.unpublished", 2),
        ("product.published", 3),
    ]


def test_staying_is_no_step(business: uuid.UUID) -> None:
    product_id = make_product(business)

    stand = _advance(business, product(business, product_id), "draft")

    assert (stand.status, stand.version) == ("draft", 1)
    assert len(_history(business, product_id)) == 1


def test_a_step_without_an_edge_is_refused(business: uuid.UUID) -> None:
    row = product(business, make_product(business))

    with pytest.raises(IllegalTransition) as refused:
        _advance(business, row, "off_sale")

    assert refused.value.details == {"from": "draft", "to": "off_sale"}
    assert product(business, row.id).status == "draft"


def test_a_step_from_what_was_read_long_ago_is_refused(business: uuid.UUID) -> None:
    stale = product(business, make_product(business))
    _advance(business, stale, "on_sale")

    for to in ("on_sale", "archived"):  # with an event and without
        with pytest.raises(db.VersionConflict):
            _advance(business, stale, to)

    assert product(business, stale.id).version == 2
    assert len(_history(business, stale.id)) == 2


def test_of_several_who_step_at_once_one_does(business: uuid.UUID) -> None:
    row = product(business, make_product(business))
    together = threading.Barrier(6)

    def step(_: int) -> bool:
        try:
            with db.phase("test.race", business):
                together.wait(60)
                states.advance(PRODUCT, row, "on_sale", reason="race", actor="test")
        except db.VersionConflict:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        stepped = sum(pool.map(step, range(6)))

    assert stepped == 1
    assert len(_history(business, row.id)) == 2
    assert _events(business, row.id) == [("product.published", 1)]
