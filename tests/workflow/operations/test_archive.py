"""Tables in parts by month: made ahead, and put into files when they are over."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from types import ModuleType
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import select, text

from app.core import clock, db, ids
from app.core.db import bulk, partitions
from app.core.files import store
from app.domain.payments import archives
from app.domain.payments.archives import ExchangeArchive
from app.domain.payments.models import ChannelExchange
from app.read.operations import trace
from app.read.payments import archived_exchanges
from app.workflow.operations import archive
from tests.factories.shop import Shop

_month_of_test = count(2000)


@dataclass(frozen=True)
class Month:
    """A part of exchanges of long ago."""

    part: str
    moment: datetime

    @property
    def attempt_id(self) -> uuid.UUID:
        return ids.first_at(self.moment)

    def exchange(self, shop: Shop, number: int, **values: Any) -> None:
        """One of the attempt, so many minutes later."""
        at = self.moment + timedelta(minutes=number)
        row = {"operation": "create", "method": "POST", "url": "https://company.test/x", "request": "", "response": ""}
        row |= {"id": ids.first_at(at), "created_at": at, "attempt_id": self.attempt_id, "duration_ms": number}
        with db.phase("test.exchange", shop.business_id):
            bulk.insert(ChannelExchange, [row | values])


@pytest.fixture
def month(owner_url: str) -> Iterator[Month]:
    """A May, another one for each test, cut out of the first part."""
    year = next(_month_of_test)
    first, until = (ids.first_at(datetime(year, number, 1, tzinfo=UTC)) for number in (5, 6))
    name = f"channel_exchanges_{year}_05"
    with psycopg.connect(owner_url, autocommit=True) as connection:
        [(bounds,)] = connection.execute(
            "SELECT until_id FROM bursar_parts() WHERE part = 'channel_exchanges_0'"
        ).fetchall()
        attach = sql.SQL(
            "ALTER TABLE channel_exchanges ATTACH PARTITION bursar_partitions.{} FOR VALUES FROM ({}) TO ({})"
        )
        connection.execute("ALTER TABLE channel_exchanges DETACH PARTITION bursar_partitions.channel_exchanges_0")
        make = sql.SQL("CREATE TABLE bursar_partitions.{} (LIKE channel_exchanges INCLUDING ALL)")
        connection.execute(make.format(sql.Identifier(name)))
        connection.execute(attach.format(sql.Identifier(name), str(first), str(until)))
        connection.execute(attach.format(sql.Identifier("channel_exchanges_0"), str(until), str(bounds)))
    yield Month(name, datetime(year, 5, 20, tzinfo=UTC))
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP TABLE IF EXISTS bursar_partitions.{}").format(sql.Identifier(name)))


def parts(table: str) -> list[str]:
    with db.system_reading():
        query = text("SELECT part FROM bursar_parts() WHERE of_table = :table ORDER BY until_id")
        return [row.part for row in db.rows(query, table=table)]


def files(shop: Shop) -> list[Any]:
    return list(shop.many(select(ExchangeArchive.__table__).where(ExchangeArchive.business_id == shop.business_id)))


def test_parts_of_the_months_to_come_are_made_once(shop: Shop) -> None:
    assert shop
    archive.keep_parts()

    assert partitions.make_ahead() == 0
    assert parts("channel_exchanges")[-1] == f"channel_exchanges_{_month(2):%Y_%m}"


def test_exchanges_of_long_ago_go_into_files_and_are_read_from_there(
    shop: Shop, month: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "PIECE", 2)
    for number in range(4):
        month.exchange(shop, number)
    month.exchange(shop, 4, attempt_id=ids.first_at(month.moment + timedelta(seconds=1)))

    archive.keep_parts()

    assert month.part not in parts("channel_exchanges")
    assert sorted(each.rows for each in files(shop)) == [1, 2, 2]
    found = archived_exchanges.of_attempts(shop.business_id, [month.attempt_id])
    assert {key: [row.duration_ms for row in rows] for key, rows in found.items()} == {month.attempt_id: [0, 1, 2, 3]}
    assert found[month.attempt_id][0].created_at == month.moment


def test_what_a_business_still_keeps_keeps_the_month(shop: Shop, month: Month) -> None:
    month.exchange(shop, 1, response="you paid")

    archive.keep_parts()

    assert month.part in parts("channel_exchanges")
    assert files(shop) == []


def test_a_month_with_a_row_that_is_in_no_file_stays(shop: Shop, month: Month) -> None:
    for number in range(2):
        month.exchange(shop, number)

    assert not partitions.drop(month.part, rows_kept=1)
    assert partitions.drop(month.part, rows_kept=2)


def test_a_job_that_died_in_the_middle_goes_on_where_it_was(
    shop: Shop, month: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "PIECE", 2)
    for number in range(5):
        month.exchange(shop, number)
    written = archive._write

    def dies(*given: Any) -> None:
        written(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(archive, "_write", dies)
    with pytest.raises(KeyboardInterrupt):
        archive.keep_parts()
    monkeypatch.setattr(archive, "_write", written)

    archive.keep_parts()

    assert month.part not in parts("channel_exchanges")
    assert sorted(each.rows for each in files(shop)) == [1, 2, 2]


def test_a_young_part_is_not_dropped(shop: Shop) -> None:
    assert shop
    archive.keep_parts()

    assert not partitions.drop(f"channel_exchanges_{_month(2):%Y_%m}", rows_kept=0)


def test_no_role_reaches_a_part_past_its_table(owner_url: str) -> None:
    with psycopg.connect(owner_url) as connection:
        found = connection.execute("""
            SELECT c.relname, r.rolname FROM pg_class c, pg_roles r WHERE r.rolname LIKE 'bursar\\_%'
            AND NOT r.rolcanlogin AND c.relnamespace = 'bursar_partitions'::regnamespace AND c.relkind = 'r'
            AND (has_table_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE')
                 OR has_schema_privilege(r.oid, c.relnamespace, 'USAGE'))
        """).fetchall()

    assert found == []


def _month(ahead: int) -> datetime:
    today = clock.now()
    months = today.year * 12 + today.month - 1 + ahead
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


def test_the_trace_opens_what_lies_in_files(shop: Shop, month: Month, clock: ModuleType) -> None:
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    before = note_of(shop, attempt_id)
    clock.move(archives.STAY.total_seconds() + 86_400)
    said = {"attempt_id": str(attempt_id), "operation": "query", "method": "GET", "http_status": 200, "duration_ms": 9}
    line = {"id": str(attempt_id), "created_at": month.moment.isoformat(), **said}
    key = store.new_key("exchanges", shop.business_id)
    store.put(key, archives.packed([line]))
    with db.phase("test.archive", shop.business_id):
        db.add(ExchangeArchive, first_id=attempt_id, last_id=attempt_id, rows=1, key=key, sha256="")

    assert note_of(shop, attempt_id) == before.replace("1 call", "2 calls")


def note_of(shop: Shop, attempt_id: uuid.UUID) -> str:
    hops = trace.trace(shop.business_id, ids.show("att", attempt_id)).hops
    return next(hop.note for hop in hops if hop.id == ids.show("att", attempt_id))
