from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import create_engine, event, func, select, text, update
from sqlalchemy.exc import DBAPIError

from app.core import db, http
from app.core.db import driver, phases
from app.core.db.line import Line
from app.core.db.models import OutboxEvent, StateChange
from app.core.db.transient_errors import Busy
from app.core.ids import new_id
from app.domain.accounts.business.models import Business
from app.domain.catalog.models import Product, Sku
from ops import child
from ops.testing import run
from tests.factories.business import make_business, make_product, product

APPEND_ONLY = (
    "agreement_acceptances",
    "channel_exchanges",
    "channel_notices",
    "ledger_entries",
    "ledger_journals",
    "state_changes",
)


@pytest.fixture
def business(app: Flask) -> uuid.UUID:
    """A business of this test's own."""
    assert app
    return make_business()


@pytest.fixture
def statements(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What was sent to the database since."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    def send(opened: Any, statements: Any, **how: Any) -> Any:
        sent.extend(statement for statement, _ in statements)
        return straight(opened, statements, **how)

    assert app
    straight = driver.send
    monkeypatch.setattr(driver, "send", send)
    engines = [phases._engines[role] for role in (db.APP_ROLE, db.SYSTEM_ROLE)]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield sent
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


def _count(business_id: uuid.UUID) -> int:
    with db.reading(business_id):
        return int(db.scalar(select(func.count()).select_from(Product)))


def test_a_write_outside_a_phase_is_refused(business: uuid.UUID) -> None:
    row = db.new_row(Product, business_id=business, name="x")

    with pytest.raises(RuntimeError, match="no transaction is open"):
        db.write(row)
    with db.reading(business), pytest.raises(RuntimeError, match="no write outside a phase"):
        db.write(row)


def test_phases_do_not_nest(business: uuid.UUID) -> None:
    with db.phase("test.outer", business):
        with pytest.raises(RuntimeError, match="do not nest"), db.phase("test.inner", business):
            pass
        with pytest.raises(RuntimeError, match="do not nest"), db.system_phase("test.inner"):
            pass
    with db.reading(business), pytest.raises(RuntimeError, match="do not nest"), db.phase("test.inner", business):
        pass


def test_a_reading_inside_a_phase_sees_what_the_phase_wrote(business: uuid.UUID) -> None:
    with db.phase("test.outer", business):
        db.add(Product, name="x")

        assert _count(business) == 1


def test_a_reading_of_one_business_does_not_open_inside_anothers(business: uuid.UUID) -> None:
    with (
        db.phase("test.outer", business),
        pytest.raises(RuntimeError, match="another business"),
        db.reading(new_id()),
    ):
        pass


def test_nothing_is_called_outside_while_a_transaction_is_open(business: uuid.UUID) -> None:
    with db.phase("test.call", business), pytest.raises(RuntimeError, match="no outbound call"):
        http.outbound("GET", "http://127.0.0.1:9/", timeout_s=1)
    with db.reading(business), pytest.raises(RuntimeError, match="no outbound call"):
        http.outbound("GET", "http://127.0.0.1:9/", timeout_s=1)


def test_an_exception_takes_everything_back(business: uuid.UUID) -> None:
    def fail() -> None:
        with db.phase("test.fail", business):
            db.add(Product, name="x")
            db.flush()
            db.add(Product, name="y")
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert _count(business) == 0
    assert not db.in_transaction()


def test_queued_writes_travel_as_one_statement(business: uuid.UUID, statements: list[str]) -> None:
    product_id = new_id()
    with db.phase("test.queue", business):
        db.add(Product, id=product_id, name="x")
        db.add(Product, name="y")
        db.add(
            StateChange,
            machine="product",
            row_id=product_id,
            to_state="draft",
            version=1,
            reason="test",
            actor="test",
        )

    assert len([sent for sent in statements if "INSERT" in sent]) == 1
    assert _count(business) == 2


def test_more_writes_than_one_statement_bears_travel_in_several(business: uuid.UUID) -> None:
    columns = len(Product.__table__.columns)
    many = 65_535 // columns + 1

    with db.phase("test.queue", business):
        for _ in range(many):
            db.add(Product, name="x")

    assert _count(business) == many


def test_two_changes_of_one_table_travel_one_after_the_other(business: uuid.UUID) -> None:
    product_id = make_product(business)

    with db.phase("test.twice", business):
        db.write(db.change(Product, product_id, name="first"), expect=1)
        db.write(db.change(Product, product_id, name="second").where(Product.name == "first"), expect=1)

    assert product(business, product_id).name == "second"


def test_an_expectation_that_fails_takes_everything_back(business: uuid.UUID) -> None:
    def expect(otherwise: Exception | None) -> None:
        with db.phase("test.expect", business):
            db.add(Product, name="x")
            db.write(db.change(Product, new_id(), name="nobody"), expect=1, otherwise=otherwise)

    with pytest.raises(db.VersionConflict):
        expect(None)
    with pytest.raises(KeyError):
        expect(KeyError("mine"))

    assert _count(business) == 0


@pytest.mark.parametrize("state", ["40001", "40P01", "55P03", "57014", "25P03", "57P01", "08006", "53300"])
def test_after_trouble_that_passes_the_caller_may_retry(business: uuid.UUID, state: str) -> None:
    trouble = text(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$")

    def work() -> None:
        with db.phase("test.busy", business):
            db.add(Product, name="x")
            db.run(trouble)

    with pytest.raises(Busy):
        work()

    assert _count(business) == 0


def test_after_a_lock_timeout_the_caller_may_retry(business: uuid.UUID, app: Flask, owner_url: str) -> None:
    row = select(Business.id).where(Business.id == business).with_for_update(key_share=True)
    assert app
    with create_engine(owner_url.replace("postgresql:", "postgresql+psycopg:")).begin() as other:
        other.execute(row)

        with pytest.raises(Busy), db.system_phase("test.wait"):
            db.rows(row.with_for_update(nowait=True))


def test_without_the_database_the_caller_may_retry(business: uuid.UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    away = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    monkeypatch.setattr(phases, "_engines", {db.APP_ROLE: away})

    with pytest.raises(Busy), db.phase("test.away", business):
        pass


def test_a_wrong_statement_stays_an_error_that_does_not_tell_what_was_written(business: uuid.UUID) -> None:
    with pytest.raises(DBAPIError) as caught, db.phase("test.wrong", business):
        db.rows(text("SELECT 1 / 0, :word").bindparams(word="hidden word"))

    assert "hidden word" not in str(caught.value)


def test_a_reading_refuses_writes_by_the_databases_own_word(business: uuid.UUID) -> None:
    rename = update(Product).where(Product.business_id == business).values(name="x")

    for opened in (db.reading(business), db.system_reading()):
        with pytest.raises(DBAPIError, match="read-only transaction"), opened:
            db.run(rename)


def test_without_a_business_no_row_is_seen(business: uuid.UUID, app: Flask) -> None:
    make_product(business)

    with app.app_context(), db.db.engine.begin() as connection:
        connection.execute(text("SET LOCAL ROLE bursar_app"))
        seen = connection.execute(text("SELECT count(*) FROM products")).scalar_one()
        connection.execute(text("SELECT set_config('bursar.business_id', '', true)"))
        seen_with_empty = connection.execute(text("SELECT count(*) FROM products")).scalar_one()

    assert (seen, seen_with_empty) == (0, 0)


def test_a_connection_of_the_pool_forgets_whose_it_was(business: uuid.UUID, app: Flask) -> None:
    with app.app_context():
        engine = db.db.engine
    with db.phase("test.mine", business):
        db.add(Product, name="x")

    with engine.connect() as connection:
        left = connection.execute(text("SELECT current_setting('bursar.business_id', true), current_user")).one()

    assert not left[0]
    assert left[1] not in (db.APP_ROLE, db.SYSTEM_ROLE)


def test_another_businesss_rows_cannot_be_seen_changed_or_made(business: uuid.UUID) -> None:
    other = make_business()
    product_id = make_product(other)

    with db.phase("test.peek", business):
        assert db.rows(select(Product.__table__).where(Product.id == product_id)) == []
        assert db.run(update(Product).where(Product.id == product_id).values(name="mine")) == 0
    with pytest.raises(DBAPIError, match="row-level security"), db.phase("test.plant", business):
        db.add(Product, business_id=other, name="planted")
    with pytest.raises(DBAPIError, match="row-level security"), db.phase("test.move", other):
        db.run(update(Product).where(Product.id == product_id).values(business_id=business))

    assert product(other, product_id).name == "Membership"
    assert _count(other) == 1


def test_a_row_cannot_point_into_another_business(business: uuid.UUID) -> None:
    other_product = make_product(make_business())

    with pytest.raises(DBAPIError, match="foreign key"), db.phase("test.point", business):
        db.add(Sku, product_id=other_product, code="X", name="x", price_minor=1, currency="USD")


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_append_only_tables_refuse_the_application(business: uuid.UUID, table: str) -> None:
    for statement in (f"UPDATE {table} SET business_id = business_id", f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with pytest.raises(DBAPIError, match="permission denied"), db.phase("test.change", business):
            db.run(text(statement))


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_append_only_tables_refuse_even_their_owner(owner_url: str, table: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as owner:
        with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
            owner.execute(f"TRUNCATE {table} CASCADE")
        kinds = owner.execute(
            "SELECT tgtype FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = 'append_only'", [table]
        ).fetchall()

    # Row by row, before UPDATE (16) and DELETE (8).
    assert [kind & (1 | 2 | 8 | 16) for (kind,) in kinds] == [1 | 2 | 8 | 16]


def test_the_owner_can_neither_change_nor_delete_history(business: uuid.UUID, owner_url: str) -> None:
    make_product(business)
    with psycopg.connect(owner_url) as owner:
        owner.execute("ALTER TABLE state_changes NO FORCE ROW LEVEL SECURITY")  # undone below, with all the rest
        for statement in ("UPDATE state_changes SET reason = ''", "DELETE FROM state_changes"):
            with (
                pytest.raises(psycopg.errors.RestrictViolation, match="append-only"),
                owner.transaction(),
            ):
                owner.execute(f"{statement} WHERE business_id = %s", [business])
        owner.rollback()


def test_system_phases_see_every_business(business: uuid.UUID) -> None:
    products = {make_product(business), make_product(make_business())}

    with db.system_reading():
        found = db.rows(select(Product.id).where(Product.id.in_(products)))

    assert {row.id for row in found} == products


def test_here_is_the_business_of_the_phase_and_of_no_other(business: uuid.UUID) -> None:
    with db.phase("test.here", business):
        assert db.here() == business
    with db.system_phase("test.here"), pytest.raises(RuntimeError, match="no single business"):
        db.here()
    with pytest.raises(RuntimeError, match="no transaction"):
        db.here()


def test_a_row_in_the_queue_gets_its_defaults(business: uuid.UUID) -> None:
    with db.phase("test.defaults", business):
        for topic in ("test.x", "test.y"):
            db.add(OutboxEvent, topic=topic, aggregate_id=new_id(), sequence=1, payload={}, status="done")

    with db.reading(business):
        rows = db.rows(select(OutboxEvent.__table__).where(OutboxEvent.business_id == business))
    assert len({row.id for row in rows}) == 2
    assert {row.attempts for row in rows} == {0}


def test_connections_that_were_cut_while_idle_are_replaced_unnoticed(business: uuid.UUID, cluster: run.Cluster) -> None:
    """A restart of the database a while ago fails no request."""
    together = threading.Barrier(4)

    def count_at_once(_: int) -> int:
        with db.reading(business):
            together.wait(20)
            return int(db.scalar(select(func.count()).select_from(Product)))

    with ThreadPoolExecutor(4) as pool:
        assert len(list(pool.map(count_at_once, range(4)))) == 4
    with db.system_reading():
        database = db.scalar(text("SELECT current_database()"))
    with psycopg.connect(cluster.admin, autocommit=True) as admin:
        mine = "FROM pg_stat_activity WHERE datname = %s AND application_name = 'bursar'"
        cut = admin.execute(f"SELECT count(pg_terminate_backend(pid)) {mine}", [database]).fetchone()
        assert cut is not None
        assert cut[0] >= 5
        assert child.wait_until(
            lambda: admin.execute(f"SELECT count(*) {mine}", [database]).fetchone() == (0,), limit_s=30
        )

    for _ in range(3):
        _count(business)
        with db.system_reading():
            assert db.scalar(text("SELECT 1")) == 1
    with db.phase("test.write", business):
        assert db.scalar(text("SELECT 1")) == 1


@pytest.mark.parametrize(
    ("error", "times"),
    [(psycopg.errors.LockNotAvailable, 1), (psycopg.errors.QueryCanceled, 1), (psycopg.errors.AdminShutdown, 2)],
)
def test_what_a_whole_line_refuses_is_not_tried_again(
    app: Flask, monkeypatch: pytest.MonkeyPatch, error: type[psycopg.OperationalError], times: int
) -> None:
    tried = []

    def refuse(_line: Line, _statements: Any) -> None:
        tried.append(1)
        raise error

    assert app
    monkeypatch.setattr(Line, "send", refuse)
    with pytest.raises(Busy), db.system_reading():
        db.scalar(text("SELECT 1"))

    assert len(tried) == times
