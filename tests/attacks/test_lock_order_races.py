"""Many buyers' windows, the merchant and the company reach for the same sessions and orders at the same moment: some of
them are refused, and none of them meets a deadlock."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.core.ids import show
from app.domain.orders.models import Order
from app.domain.orders.types import Buyer, OrderItem
from app.domain.payments import service as payments
from app.workflow.accounts.manage_keys import create_key
from app.workflow.checkout import confirm_checkout, open_checkout
from ops.paths import ROOT
from tests.factories.shop import Shop

SHORT = pytest.param(30, 4, id="short")
LONG = pytest.param(30, 60, id="long", marks=[pytest.mark.long, pytest.mark.timeout(0)])
Request = dict[str, Any]


def request(path: str, body: dict[str, Any], **headers: str) -> Request:
    return {"path": path, "body": body, "headers": {"Idempotency-Key": str(uuid.uuid4()), **headers}}


def of_buyer(path: str, secret: str, **more: str) -> Request:
    body = {"payment_method_id": "simulator", "agreements": [], **more} if path == "confirm" else more
    return request(f"/sdk/v1/session/{path}", body, Authorization=f"Bearer {secret}")


def opened(shop: Shop, buyer: str = "buyer-1") -> open_checkout.Opened:
    return open_checkout.open_checkout(
        shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference=buyer)
    )


def run(ports: list[int], rounds: list[list[Request]]) -> Counter[tuple[int, str]]:
    plan = json.dumps({"ports": ports, "rounds": rounds})
    command = [sys.executable, "-m", "tests.endurance.racers"]
    done = subprocess.run(command, input=plan, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return Counter((status, code) for answers in json.loads(done.stdout) for status, code in answers)


@pytest.mark.parametrize(("racers", "rounds"), [SHORT, LONG])
def test_confirming_and_cancelling_a_new_session_at_once(
    shop: Shop, web_ports: list[int], racers: int, rounds: int
) -> None:
    requests = []
    for _ in range(rounds):
        secret = opened(shop).client_secret
        requests.append([of_buyer("cancel" if number % 5 == 4 else "confirm", secret) for number in range(racers)])

    outcomes = run(web_ports, requests)

    assert {status for status, _ in outcomes if status >= 500} == set(), outcomes
    assert sum(count for (status, _), count in outcomes.items() if status < 300) >= rounds, outcomes


@pytest.mark.parametrize(("racers", "rounds"), [SHORT, LONG])
def test_paying_closing_and_the_company_s_notice_at_once(
    shop: Shop, web_ports: list[int], racers: int, rounds: int
) -> None:
    key = create_key(shop.business_id, name="race", kind="secret").secret
    requests, orders = [], []
    for _ in range(rounds):
        session = opened(shop)
        orders.append(
            confirm_checkout.confirm_checkout(shop.business_id, session.session_id, channel="simulator", agreements=[])
        )
        with db.reading(shop.business_id):
            [attempt] = payments.undecided_of(orders[-1])
        shop.approve(attempt.id)
        payload = json.loads(shop.notice_bytes(attempt.id))
        headers = shop.headers(json.dumps(payload).encode())
        kinds = [
            of_buyer("confirm", session.client_secret),
            of_buyer("cancel", session.client_secret),
            request(f"/v1/orders/{show('ord', orders[-1])}/cancel", {}, Authorization=f"Bearer {key}"),
            request(f"/callbacks/simulator/{show('cha', shop.account_id)}", payload, **headers),
        ]
        requests.append([kinds[number % len(kinds)] for number in range(racers)])

    outcomes = run(web_ports, requests)

    assert {status for status, _ in outcomes if status >= 500} == set(), outcomes
    assert [shop.order(order_id).status for order_id in orders].count("paying") == 0
    shop.work_off()


@pytest.mark.parametrize(("racers", "rounds"), [SHORT, LONG])
def test_changing_the_order_paying_it_again_closing_it_and_late_money_at_once(
    shop: Shop, web_ports: list[int], racers: int, rounds: int
) -> None:
    key = create_key(shop.business_id, name="race", kind="secret").secret
    requests, sessions, late = [], [], []
    for number in range(rounds):
        session = opened(shop, buyer=f"buyer-{number}")
        order_id = confirm_checkout.confirm_checkout(
            shop.business_id, session.session_id, channel="simulator", agreements=[]
        )
        with db.reading(shop.business_id):
            [attempt] = payments.undecided_of(order_id)
        shop.notice(attempt.id, event="payment.failed", status="failed", decline_code="declined")
        shop.approve(attempt.id)
        payload = json.loads(shop.notice_bytes(attempt.id))
        headers = shop.headers(json.dumps(payload).encode())
        kinds = [
            of_buyer("change-order", session.client_secret, order_id=show("ord", order_id)),
            of_buyer("confirm", session.client_secret),
            of_buyer("change-order", session.client_secret, order_id=show("ord", order_id)),
            request(f"/callbacks/simulator/{show('cha', shop.account_id)}", payload, **headers),
            request(f"/v1/orders/{show('ord', order_id)}/cancel", {}, Authorization=f"Bearer {key}"),
        ]
        # Whoever comes first wins: another one in each round.
        requests.append([kinds[(number + turn) % len(kinds)] for turn in range(racers)])
        sessions.append(session.session_id)
        late.append((order_id, attempt.id))

    outcomes = run(web_ports, requests)

    assert {status for status, _ in outcomes if status >= 500} == set(), outcomes
    shop.work_off()
    for order_id, attempt_id in late:
        _applied_or_sent_back(shop, order_id, attempt_id)
    for session_id in sessions:
        live = [order for order in _orders_of(shop, session_id) if order.status != "closed"]
        assert len(live) <= 1, "one session has two orders that can be paid"
    shop.audit()


def _orders_of(shop: Shop, session_id: uuid.UUID) -> list[Any]:
    return list(shop.many(select(Order.__table__).where(Order.session_id == session_id)))


def _applied_or_sent_back(shop: Shop, order_id: uuid.UUID, attempt_id: uuid.UUID) -> None:
    """The money that came is the order's, or it went back; it is never both, and never neither."""
    shop.notice(attempt_id)
    shop.work_off()
    order = shop.order(order_id)
    back = sum(each.amount_minor for each in shop.refunds(order_id) if each.status == "succeeded")
    assert (order.status in ("paid", "fulfilling", "fulfilled")) == (back == 0), (order.status, back)
    assert order.paid_minor + back == order.total_minor
