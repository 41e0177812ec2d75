"""Requests are noted in memory and written together, without what must not be kept of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from app.core import clock as clocks
from app.core.ids import new_id
from app.core.web.redacted_bodies import HIDDEN
from app.domain.insights.requests.models import RequestLog
from app.workflow.operations import log_requests
from app.workflow.operations.log_requests import Seen, note, write_noted
from tests.factories.shop import Shop


@pytest.fixture(autouse=True)
def nothing_waits(shop: Shop) -> Iterator[None]:
    """Only this test's requests are written."""
    assert shop
    write_noted()
    yield
    write_noted()


def test_what_was_noted_is_written_once(shop: Shop) -> None:
    first, second = _seen(shop, duration_ms=12, error_code="not_found", status=404), _seen(shop, replayed=True)
    note(first, in_background=False)
    before = _logged(shop)
    note(second, in_background=False)

    written = write_noted(), write_noted()

    assert (before, written) == ([], (2, 0))
    rows = {row.id: row for row in _logged(shop)}
    assert set(rows) == {first.id, second.id}
    assert (rows[first.id].status, rows[first.id].error_code, rows[first.id].duration_ms) == (404, "not_found", 12)
    assert (rows[first.id].created_at, rows[second.id].replayed) == (first.at, True)


def test_secrets_and_buyers_are_left_out(shop: Shop) -> None:
    body = {"buyer": {"email": "paula@buyers.example"}, "quantity": 2}
    seen = _seen(
        shop,
        route="/v1/wallets/{buyer_reference}",
        path="/v1/wallets/paula",
        query="email=paula%40buyers.example&limit=5",
        request_body=json.dumps(body).encode(),
        response_body=json.dumps({"id": "cs_1", "client_secret": "hush"}).encode(),
    )
    note(seen, in_background=False)
    write_noted()

    (row,) = _logged(shop)
    assert row.path.startswith(f"/v1/wallets/{HIDDEN}?")
    assert "limit=5" in row.path
    assert row.request_body == {"buyer": {"email": HIDDEN}, "quantity": 2}
    assert row.response_body == {"id": "cs_1", "client_secret": HIDDEN}
    assert "paula" not in str(row)


def test_a_coupons_code_is_hidden_and_an_errors_is_not(shop: Shop) -> None:
    content = b'{"code": "SAVE10"}'
    made = _seen(shop, operation="create_coupon", request_body=content, response_body=content)
    failed = _seen(shop, operation="create_coupon", status=422, response_body=b'{"code": "invalid_parameter"}')
    other = _seen(shop, operation="create_product", request_body=content)
    for each in (made, failed, other):
        note(each, in_background=False)
    write_noted()

    rows = {row.id: row for row in _logged(shop)}
    assert (rows[made.id].request_body, rows[made.id].response_body) == ({"code": HIDDEN}, {"code": HIDDEN})
    assert rows[failed.id].response_body == {"code": "invalid_parameter"}
    assert rows[other.id].request_body == {"code": "SAVE10"}


def test_what_the_database_cannot_keep_or_nobody_reads_loses_no_other_request(shop: Shop) -> None:
    strange = _seen(
        shop, path="/v1/a\x00b", agent="x\x00" * 300, idempotency_key="k\x00" * 300, request_body=b"\xff no JSON"
    )
    for each in (strange, _seen(shop)):
        note(each, in_background=False)

    assert write_noted() == 2
    row = next(each for each in _logged(shop) if each.id == strange.id)
    assert (len(row.agent), len(row.idempotency_key), row.request_body) == (200, 255, None)
    assert "\x00" not in f"{row.path}{row.agent}{row.idempotency_key}"


def test_more_than_a_batch_is_written_once_by_many_at_a_time(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_requests, "BATCH", 3)
    for _ in range(10):
        note(_seen(shop), in_background=False)

    with ThreadPoolExecutor(3) as pool:
        written = list(pool.map(lambda _: write_noted(), range(3)))

    assert sum(written) == len(_logged(shop)) == 10


def test_when_too_many_wait_the_oldest_is_left_out(shop: Shop) -> None:
    oldest, following = _seen(shop), _seen(shop)
    for each in (oldest, following):
        note(each, in_background=False)
    for _ in range(log_requests.MAX_WAITING - 1):
        note(_seen(shop), in_background=False)

    assert write_noted() == log_requests.MAX_WAITING
    logged = {row.id for row in _logged(shop)}
    assert (oldest.id in logged, following.id in logged) == (False, True)


def _seen(shop: Shop, **about: Any) -> Seen:
    plain: dict[str, Any] = {
        "business_id": shop.business_id,
        "id": new_id(),
        "at": clocks.now(),
        "method": "POST",
        "operation": "place_order",
        "route": "/v1/orders",
        "path": "/v1/orders",
        "query": "",
        "status": 201,
        "duration_ms": 1,
        "key_id": new_id(),
        "api_version": "2026-01-01",
        "idempotency_key": None,
        "replayed": False,
        "error_code": None,
        "address": "192.0.2.1",
        "agent": "test",
        "request_body": None,
        "response_body": None,
    }
    return Seen(**plain | about)


def _logged(shop: Shop) -> list[Any]:
    return list(shop.many(select(RequestLog.__table__)))
