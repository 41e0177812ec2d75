"""Statements that go straight to the driver, and what is sent before them."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Text, bindparam, func, select, text

from app.core import clock, db, outbox, states
from app.core.db import driver, phases
from app.core.db.line import Line
from app.core.db.models import OutboxEvent, StateChange
from app.core.errors import Conflict
from app.core.ids import new_id
from app.domain.catalog.models import Product
from app.domain.catalog.states import PRODUCT
from tests.factories.business import make_business

products = db.table(Product)
_BY_NAME = select(products).where(products.c.business_id == db.HERE, products.c.name == bindparam("name", type_=Text))
BY_NAME = db.prepared(_BY_NAME)


@pytest.fixture
def business(app: Flask) -> uuid.UUID:
    """A business of this test's own."""
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


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The statements of each round trip."""
    noted: list[list[str]] = []
    straight = Line.send
    monkeypatch.setattr(clock, "is_due", lambda: False)

    def send(line: Line, statements: Any) -> Any:
        noted.append([statement for statement, _ in statements])
        return straight(line, statements)

    monkeypatch.setattr(Line, "send", send)
    return noted


def _made(business: uuid.UUID, name: str) -> uuid.UUID:
    product_id = new_id()
    with db.phase("test.make", business):
        db.add(Product, id=product_id, name=name)
    return product_id


def test_a_prepared_statement_gives_what_the_plain_one_gives(business: uuid.UUID) -> None:
    _made(business, "x")
    with db.reading(business):
        plain = db.first(_BY_NAME, name="x")
        straight = db.first(BY_NAME, name="x")

    assert plain is not None
    assert straight is not None
    assert db.by_name(straight) == dict(db.by_name(plain))


def test_a_value_that_is_missing_is_an_error(business: uuid.UUID) -> None:
    with db.reading(business), pytest.raises(KeyError, match="name"):
        db.first(BY_NAME)


def test_lists_stand_in_the_statement_or_are_arrays(business: uuid.UUID) -> None:
    _made(business, "x")
    fixed = db.prepared(select(products.c.name).where(products.c.name.in_(("x", "%y", "z%%"))))
    given = db.prepared(select(products.c.name).where(products.c.name.in_(bindparam("names", expanding=True))))

    with db.reading(business):
        assert db.scalar(fixed) == "x"
        with pytest.raises(TypeError, match="= ANY"):
            db.scalar(given, names=["x"])


def test_a_read_sends_before_it_what_it_could_see(business: uuid.UUID, sent: list[str]) -> None:
    events = db.prepared(select(func.count()).select_from(db.table(OutboxEvent)))
    unknown = db.prepared(text("SELECT count(*) FROM outbox_events"))
    with db.phase("test.queue", business):
        db.add(Product, name="x")
        db.scalar(events)
        assert not any("INSERT" in each for each in sent)
        assert db.first(BY_NAME, name="x") is not None
        db.add(Product, name="y")
        db.scalar(unknown)
        assert sum("INSERT" in each for each in sent) == 2


def test_a_new_row_takes_its_steps_before_it_is_sent(business: uuid.UUID, sent: list[str]) -> None:
    product_id = new_id()
    with db.phase("test.make", business):
        db.add(Product, id=product_id, name="x")
        states.born(PRODUCT, product_id, reason="made", actor="test")
        row = states.RowState(product_id, PRODUCT.initial, 1)
        states.advance(PRODUCT, row, "on_sale", reason="published", actor="test")

    with db.reading(business):
        product = db.get(Product, product_id)
        history = db.rows(select(db.table(StateChange)).where(StateChange.row_id == product_id))
    assert (product.status, product.version) == ("on_sale", 2)
    assert sorted((each.version, each.to_state) for each in history) == [(1, PRODUCT.initial), (2, "on_sale")]
    assert not any("UPDATE products" in each for each in sent)


def test_steps_of_a_row_are_one_change_which_still_finds_who_was_faster(business: uuid.UUID, sent: list[str]) -> None:
    product_id = _made(business, "x")

    def twice(version: int) -> None:
        with db.phase("test.twice", business):
            row = states.RowState(product_id, PRODUCT.initial, version)
            on_sale = states.advance(PRODUCT, row, "on_sale", reason="published", actor="test")
            states.advance(PRODUCT, on_sale, "off_sale", reason="unpublished", actor="test")

    with pytest.raises(db.VersionConflict):
        twice(version=7)
    sent.clear()
    twice(version=1)

    with db.reading(business):
        product = db.get(Product, product_id)
    assert (product.status, product.version) == ("off_sale", 3)
    assert sum(each.count("UPDATE products") for each in sent) == 1


def test_events_of_one_object_travel_together_and_are_numbered(business: uuid.UUID, sent: list[str]) -> None:
    product_id = _made(business, "x")
    with db.phase("test.emit", business):
        for topic in ("test.one", "test.two", "test.three"):
            outbox.emit(topic, aggregate_id=product_id, payload={})

    with db.phase("test.look", business):
        of_it = select(db.table(OutboxEvent)).where(OutboxEvent.aggregate_id == product_id)
        events = db.rows(of_it.order_by(OutboxEvent.sequence))
        db.run(OutboxEvent.__table__.update().where(OutboxEvent.aggregate_id == product_id).values(status="done"))
    assert [(each.sequence, each.topic) for each in events] == [(1, "test.one"), (2, "test.two"), (3, "test.three")]
    assert len([each for each in sent if "outbox_events" in each]) == 1


def test_a_row_that_may_be_there_is_refused_or_made(business: uuid.UUID) -> None:
    product_id = new_id()
    taken = Conflict("taken", "It is there.")
    with db.phase("test.first", business):
        db.add_or_raise(taken, Product, id=product_id, name="first")

    with pytest.raises(Conflict, match="It is there"), db.phase("test.second", business):
        db.add_or_raise(taken, Product, id=product_id, name="second")

    with db.reading(business):
        assert db.get(Product, product_id).name == "first"


def test_a_refusal_costs_no_plans(business: uuid.UUID) -> None:
    count = db.prepared(text("SELECT count(*) FROM pg_prepared_statements WHERE NOT from_sql"))

    def read() -> int:
        for _ in range(7):  # psycopg prepares what it sends for the sixth time
            db.first(BY_NAME, name="x")
        return int(db.scalar(count))

    def refused() -> None:
        with db.phase("test.refuse", business):
            assert read() > 0
            raise Conflict("refused", "No.")

    with pytest.raises(Conflict):
        refused()
    with db.phase("test.again", business):
        assert int(db.scalar(count)) > 0


def test_a_transaction_begins_and_ends_with_what_is_sent_in_it(business: uuid.UUID, trips: list[list[str]]) -> None:
    product_id = _made(business, "x")
    trips.clear()
    with db.phase("test.change", business):
        row = db.first(BY_NAME, name="x")
        assert row is not None
        states.advance(PRODUCT, row, "on_sale", reason="published", actor="test")

    assert [(trip[0][:5], trip[-1][:6]) for trip in trips] == [("BEGIN", "SELECT"), ("WITH ", "COMMIT")]
    with db.reading(business):
        assert db.get(Product, product_id).status == "on_sale"


def test_what_nothing_is_sent_in_asks_the_database_nothing(business: uuid.UUID, trips: list[list[str]]) -> None:
    with db.phase("test.nothing", business):
        pass

    assert trips == []


def test_a_last_write_that_meets_nothing_takes_everything_back(business: uuid.UUID, trips: list[list[str]]) -> None:
    product_id = _made(business, "x")
    gone = Conflict("gone", "It is no longer on sale.")

    def change() -> None:
        with db.phase("test.change", business):
            db.add(Product, name="y")
            db.change_known(Product, product_id, {"name": "z"}, otherwise=gone, name="not x")

    trips.clear()
    with pytest.raises(Conflict, match="no longer on sale"):
        change()

    assert trips[-1][-1] == "COMMIT"
    with db.reading(business):
        assert [db.first(BY_NAME, name=name) is not None for name in "xyz"] == [True, False, False]


def test_plans_that_are_gone_are_made_again(business: uuid.UUID) -> None:
    def use() -> None:
        with db.phase("test.use", business):
            db.first(BY_NAME, name="x")
            db.add(Product, name="x")

    for _ in range(12):
        use()
    with phases._engines[db.APP_ROLE].connect() as connection:
        connection.exec_driver_sql("DEALLOCATE ALL")
    use()
    with db.reading(business):
        assert db.scalar(select(func.count()).where(products.c.business_id == business)) == 13


def test_a_read_ahead_travels_with_the_next_one(business: uuid.UUID, trips: list[list[str]]) -> None:
    product_id = _made(business, "x")
    trips.clear()
    with db.reading(business):
        db.ahead(BY_NAME, name="x")
        assert db.get(Product, product_id).name == "x"
        found = db.first(BY_NAME, name="x")
        assert db.first(BY_NAME, name="y") is None

    assert found is not None
    assert found.id == product_id
    assert [len(trip) for trip in trips] == [4, 1, 1]  # BEGIN, settings and both reads; the other name; COMMIT


def test_what_was_read_ahead_is_read_again_after_a_write(business: uuid.UUID) -> None:
    product_id = _made(business, "x")
    with db.phase("test.rename", business):
        db.ahead(BY_NAME, name="x")
        db.get(Product, product_id)
        db.change_known(Product, product_id, {"name": "z"}, name="x")
        assert db.first(BY_NAME, name="x") is None

        db.ahead(BY_NAME, name="z")
        db.get(Product, product_id)
        db.run(products.update().where(products.c.id == product_id).values(name="x"))
        assert db.first(BY_NAME, name="z") is None


def test_what_was_read_ahead_is_read_again_after_a_lock(business: uuid.UUID, trips: list[list[str]]) -> None:
    product_id = _made(business, "x")
    locking = select(products.c.id).where(products.c.business_id == db.HERE).with_for_update()
    for lock in (db.prepared(locking), locking):
        with db.phase("test.lock", business):
            db.ahead(BY_NAME, name="x")
            db.get(Product, product_id)
            db.rows(lock)
            trips.clear()
            db.first(BY_NAME, name="x")
            assert len(trips) == 1


def test_writes_travel_with_the_reads_that_could_see_them(business: uuid.UUID, trips: list[list[str]]) -> None:
    product_id = _made(business, "x")
    with db.phase("test.rename", business):
        db.first(BY_NAME, name="x")
        db.change_known(Product, product_id, {"name": "z"}, name="x")
        trips.clear()
        assert db.first(BY_NAME, name="z") is not None

    assert [len(trip) for trip in trips] == [2, 1]
