"""A row that the phase has locked is not read again: it is known with all that the phase does to it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import bindparam, func, select, update

from app.core import db, states
from app.core.db import driver
from app.core.ids import new_id
from app.domain.catalog.models import Product
from app.domain.catalog.states import PRODUCT
from tests.factories.business import make_business

products = db.table(Product)
_ALL = select(products).where(products.c.business_id == db.HERE)
LAID_OVER = db.prepared(_ALL.where(products.c.id == bindparam("id")), over=products.name)
LOCKED = db.prepared(_ALL.where(products.c.id == bindparam("id")).with_for_update())


@pytest.fixture
def business(app: Flask) -> uuid.UUID:
    assert app
    return make_business()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that went straight to the driver."""
    texts: list[str] = []
    straight = driver.send

    def send(opened: Any, statements: Any, **how: Any) -> Any:
        texts.extend(statement for statement, _ in statements)
        return straight(opened, statements, **how)

    monkeypatch.setattr(driver, "send", send)
    return texts


def test_a_locked_row_is_known_with_the_steps_that_wait_for_it(business: uuid.UUID, sent: list[str]) -> None:
    made = _product(business)

    with db.phase("test.step", business):
        row = db.lock(Product, made)
        sent.clear()
        states.advance(PRODUCT, row, "on_sale", reason="", actor="")
        known = db.get(Product, made)
        nothing_sent = not sent

    assert nothing_sent
    assert (known.status, known.version, known.name) == ("on_sale", 2, "x")
    assert type(known.status) is str
    assert _as_kept(business, made) == known


def test_a_step_that_was_sent_stays_known(business: uuid.UUID, sent: list[str]) -> None:
    made = _product(business)

    with db.phase("test.sent", business):
        states.advance(PRODUCT, db.lock(Product, made), "on_sale", reason="", actor="")
        db.flush()
        sent.clear()
        known = db.get(Product, made)
        assert not sent
        states.advance(PRODUCT, known, "off_sale", reason="", actor="")
        assert db.get(Product, made).status == "off_sale"

    assert _as_kept(business, made).status == "off_sale"


def test_a_prepared_lock_of_whole_rows_counts_and_another_does_not(business: uuid.UUID, sent: list[str]) -> None:
    made = _product(business)
    part = db.prepared(select(products.c.id).where(products.c.id == bindparam("id")).with_for_update())
    shared = db.prepared(_ALL.where(products.c.id == bindparam("id")).with_for_update(read=True))

    with db.phase("test.whole", business):
        db.first(LOCKED, id=made)
        sent.clear()
        db.get(Product, made)
        assert not sent
    for other in (part, shared):
        with db.phase("test.part", business):
            db.first(other, id=made)
            sent.clear()
            assert db.get(Product, made).name == "x"
            assert sent


@pytest.mark.parametrize("how", ["run", "write"])
def test_what_only_the_database_can_tell_is_asked_of_it(business: uuid.UUID, how: str) -> None:
    made = _product(business)

    with db.phase("test.changed", business):
        db.lock(Product, made)
        if how == "run":
            db.run(update(Product).where(Product.id == made).values(name=func.upper(Product.name)))
        else:
            db.write(db.change(Product, made, name=func.upper(Product.name)))
        assert db.get(Product, made).name == "X"


def test_a_row_that_was_only_read_is_read_again(business: uuid.UUID, sent: list[str]) -> None:
    made = _product(business)

    with db.phase("test.read", business):
        db.get(Product, made)
        sent.clear()
        db.get(Product, made)

    assert any("FROM products" in each for each in sent)


def test_nothing_is_known_in_the_next_phase(business: uuid.UUID, sent: list[str]) -> None:
    made = _product(business)
    with db.phase("test.one", business):
        db.lock(Product, made)

    with db.phase("test.other", business):
        sent.clear()
        assert db.get(Product, made).name == "x"

    assert sent


def test_steps_are_laid_over_rows_of_their_table_and_not_sent_before(business: uuid.UUID, sent: list[str]) -> None:
    made, other = _product(business), _product(business)

    with db.phase("test.over", business):
        states.advance(PRODUCT, db.lock(Product, made), "on_sale", reason="", actor="")
        sent.clear()
        [row], [untouched] = db.rows(LAID_OVER, id=made), db.rows(LAID_OVER, id=other)
        assert not any("UPDATE" in each for each in sent)

    assert (row.status, row.version, untouched.status) == ("on_sale", 2, "draft")


def test_what_is_no_step_is_sent_before_rows_that_steps_are_laid_over(business: uuid.UUID, sent: list[str]) -> None:
    made = new_id()

    with db.phase("test.new", business):
        db.add(Product, id=made, name="y")
        sent.clear()
        [row] = db.rows(LAID_OVER, id=made)
        assert any("INSERT INTO products" in each for each in sent)

    assert row.name == "y"


def test_an_answer_that_was_read_ahead_gets_the_steps_that_came_since(business: uuid.UUID, sent: list[str]) -> None:
    made = _product(business)

    with db.phase("test.ahead", business):
        db.ahead(LAID_OVER, id=made)
        states.advance(PRODUCT, db.lock(Product, made), "on_sale", reason="", actor="")
        sent.clear()
        [row] = db.rows(LAID_OVER, id=made)
        assert not sent

    assert row.status == "on_sale"


def _product(business: uuid.UUID) -> uuid.UUID:
    made = new_id()
    with db.phase("test.make", business):
        db.add(Product, id=made, name="x")
    return made


def _as_kept(business: uuid.UUID, product_id: uuid.UUID) -> Product:
    with db.reading(business):
        return db.get(Product, product_id)
