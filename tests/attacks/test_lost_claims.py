"""Web processes die, stand still, and lose the answers of the database in the middle of a request. Whoever repeats it
with the same Idempotency-Key is answered within moments, and it was done once."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core import db
from app.core.db.lease import LEASE_S
from app.core.db.models import IdempotencyKey
from app.core.ids import show
from app.workflow.accounts.manage_keys import create_key
from ops.testing.run import is_long
from tests.attacks.proxy import Proxy
from tests.attacks.webs import Webs
from tests.factories.shop import Shop

CLAIM = ("idempotency.claim.before_commit", "idempotency.claim.after")
ANSWER = ("idempotency.answer.before_commit", "idempotency.answer.after")
PAY = (
    "place_and_pay.reserve.before_commit",
    "place_and_pay.reserve.after",
    "pay_order.call.after",
    "record_result.answer.before_commit",
    "record_result.answer.after",
)
REFUND = ("refund_order.reserve.after", "refund_order.call.after", "record_result.answer.before_commit")
CANCEL = ("close_orders.close.before_commit", "close_orders.close.after")
EVERY = [
    *(("order", point) for point in PAY),  # claimed in its first phase, answered in its last one
    *(("refund", point) for point in (*CLAIM, *REFUND, *ANSWER)),
    *(("cancel", point) for point in (*CLAIM, *CANCEL, *ANSWER)),
]
SHORT = [("order", point) for point in PAY[1:4]] + [("refund", point) for point in (CLAIM[1], REFUND[1], ANSWER[0])]
PAUSES = ("place_and_pay.reserve.after", "pay_order.call.after")
# What a repeat waits at most: the lease of a claim, and a request or two on a machine that does much else.
SOON_S = LEASE_S + 3
ROUNDS = 200 if is_long() else 5


@pytest.fixture(scope="module")
def link(database_url: str) -> Iterator[Proxy]:
    with Proxy(database_url) as made:
        yield made


@pytest.fixture(scope="module")
def webs(link: Proxy, app_env: dict[str, str], run_folder: Path) -> Iterator[Webs]:
    with Webs({**app_env, "DATABASE_URL": link.url}, run_folder / "webs") as made:
        yield made


@pytest.fixture
def request_of(shop: Shop) -> Callable[..., dict[str, Any]]:
    """A function that returns the arguments of `Webs.post` for one action, under a key of its own."""

    def request(action: str, shop: Shop = shop) -> dict[str, Any]:
        key = create_key(shop.business_id, name="Server", kind="secret").secret
        line = {"sku_id": show("sku", shop.sku_id), "quantity": 1}
        if action == "order":
            path, body = "/v1/orders", {"line_items": [line], "buyer": {"reference": "buyer-1"}}
        elif action == "refund":
            about = {"order_id": show("ord", shop.paid_order()), "amount_minor": 300, "reason": "asked"}
            path, body = "/v1/refunds", about
        else:
            path, body = f"/v1/orders/{show('ord', shop.place())}/cancel", None
        return {"path": path, "body": body, "key": key, "once": str(uuid.uuid4())}

    return request


def test_processes_that_are_killed_are_followed_by_others(
    shop: Shop, webs: Webs, request_of: Callable[..., dict[str, Any]]
) -> None:
    all_requests = [(action, request_of(action), point) for action, point in (EVERY if is_long() else SHORT)]
    before = _done(shop)

    for _, request, point in all_requests:
        assert webs.post(**request, CRASH_AT=point).answer() is None, point
    for action, request, point in all_requests:
        answer, took_s = webs.until_answered(**request)
        assert answer[0] == (200 if action == "cancel" else 201), (point, answer)
        assert took_s < SOON_S, point
        assert webs.post(**request).answer() == answer, point

    expected = [sum(action == each for action, *_ in all_requests) for each in ("order", "refund")]
    assert _grew(shop, before) == tuple(expected)


def test_lost_answers_of_the_database_keep_nobody_waiting(
    shop: Shop, webs: Webs, link: Proxy, request_of: Callable[..., dict[str, Any]]
) -> None:
    before, lost, all_requests = _done(shop), 0, [request_of("order") for _ in range(ROUNDS)]

    for number, request in enumerate(all_requests):
        link.lose_replies(1 + number % 2, after=number % 5)
        first = webs.post(**request).answer()
        link.mend()
        lost += first is None or first[0] != 201
        if is_long():
            assert webs.until_answered(**request)[1] < SOON_S
    for request in all_requests:
        answer, took_s = webs.until_answered(**request)
        assert answer[0] == 201, answer
        assert took_s < SOON_S

    assert lost >= ROUNDS // 2
    assert _grew(shop, before) == (ROUNDS, 0)


def test_processes_that_stood_still_can_do_no_more(
    shop: Shop, webs: Webs, request_of: Callable[..., dict[str, Any]], wait_until: Callable[..., None]
) -> None:
    all_requests, before = [request_of("order") for _ in PAUSES], _done(shop)
    paused = [webs.post(**request, PAUSE_AT=point) for request, point in zip(all_requests, PAUSES, strict=True)]
    for each in paused:
        each.wait_stopped()

    answers = [webs.until_answered(**request) for request in all_requests]
    if is_long():
        stood_since = time.monotonic()
        wait_until(lambda: time.monotonic() - stood_since > 5)
    for each in paused:
        each.go_on()

    for each, request, (answer, took_s) in zip(paused, all_requests, answers, strict=True):
        refused = each.answer()
        assert refused is not None
        assert (refused[0], refused[1]["code"]) == (409, "idempotency_in_flight")
        assert answer[0] == 201
        assert took_s < SOON_S
        assert webs.post(**request).answer() == answer
    assert _grew(shop, before) == (len(PAUSES), 0)


def test_a_slow_request_keeps_its_key_while_its_process_lives(
    new_shop: Callable[..., Shop],
    webs: Webs,
    request_of: Callable[..., dict[str, Any]],
    wait_until: Callable[..., None],
) -> None:
    shop = new_shop(timeout_s="30")
    request = request_of("order", shop)
    shop.script("create", "delay", value=str(LEASE_S * 4), times=1)
    slow = webs.post(**request)
    wait_until(lambda: _leased_until(shop) is not None, what="the claim")
    first = _leased_until(shop)

    wait_until(lambda: _leased_until(shop) > first + timedelta(seconds=LEASE_S), what="its renewal")
    received, done = webs.post(**request).answer(), slow.answer()

    assert received is not None
    assert (received[0], received[1]["code"]) == (409, "idempotency_in_flight")
    assert done is not None
    assert done[0] == 201


def _done(shop: Shop) -> tuple[int, int]:
    """Orders and refunds of the shop."""
    tables = db.Base.metadata.tables
    orders = shop.one(select(func.count()).select_from(tables["orders"]))[0]
    transactions = tables["payment_transactions"]
    refunds = shop.one(select(func.count()).select_from(transactions).where(transactions.c.kind == "refund"))[0]
    return int(orders), int(refunds)


def _grew(shop: Shop, before: tuple[int, int]) -> tuple[int, int]:
    now = _done(shop)
    return now[0] - before[0], now[1] - before[1]


def _leased_until(shop: Shop) -> datetime | None:
    found = shop.many(select(IdempotencyKey.claimed_until).where(IdempotencyKey.claimed_until.is_not(None)))
    return found[0][0] if found else None
