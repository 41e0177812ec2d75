"""What one request caused, by its id, from each way in to the last message it leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core import settings
from app.core.db.models import OutboxEvent
from app.core.ids import new_id, parse, show
from app.domain.payments.models import PaymentAttempt
from app.workflow.orders import bulk_orders
from tests.api.conftest import Browser, Merchant
from tests.factories.receiver import Receiver, deliveries_of, listen, receiver, send


@pytest.fixture
def mails(tmp_path: Path) -> Iterator[None]:
    """Mails are written to a folder."""
    before = settings.current()
    settings.use(replace(before, mail_url=(tmp_path / "mail").as_uri(), mail_from="receipts@bursar.test"))
    yield
    settings.use(before)


@pytest.fixture
def to() -> Iterator[Receiver]:
    """The merchant's server."""
    with receiver() as made:
        yield made


@pytest.mark.usefixtures("mails")
def test_each_call_on_the_way_of_an_order_finds_what_it_caused(merchant: Merchant, to: Receiver) -> None:
    endpoint_id = listen(merchant.shop, to)
    buyer = {"reference": "buyer-1", "email": "ada@example.com"}
    item = {"sku_id": show("sku", merchant.shop.sku_id), "quantity": 1}

    created = merchant.post("/v1/orders", {"line_items": [item], "buyer": buyer, "channel": "simulator"})
    order_id = created.json["id"]
    attempt_id = merchant.shop.one(select(PaymentAttempt.id)).id
    merchant.shop.approve(attempt_id)
    told = _notice(merchant, attempt_id)
    merchant.shop.work_off()
    completed = merchant.post(f"/v1/orders/{order_id}/complete")
    sent = send(merchant.shop, endpoint_id)

    assert [each.status_code for each in (created, told, completed)] == [201, 200, 200]
    assert _steps(merchant, created) >= {
        ("order", "paying"),
        ("attempt", "pending"),
        ("exchange", "attempt"),
        ("event", "order.created"),
        ("webhook", "order.created"),
    }
    assert _steps(merchant, told) >= {
        ("notice", "attempt"),
        ("attempt", "succeeded"),
        ("order", "fulfilled"),
        ("delivery", "delivered"),
        ("mail", "order"),
        ("event", "order.paid"),
        ("event", "delivery.delivered"),
        ("webhook", "order.paid"),
        ("webhook", "order.fulfilled"),
    }
    assert _steps(merchant, completed) == {
        ("request", ""),
        ("order", "completed"),
        ("event", "order.completed"),
        ("webhook", "order.completed"),
    }
    assert sent == len(deliveries_of(merchant.shop, endpoint_id)) == len(to.received)
    caused_by = {topic: headers["x-request-id"] for topic, headers in zip(to.types, to.headers, strict=True)}
    assert caused_by["order.created"] == created.headers["X-Request-Id"]
    assert caused_by["order.fulfilled"] == told.headers["X-Request-Id"]


def test_orders_that_are_delivered_together_keep_their_own_requests(merchant: Merchant) -> None:
    orders = [merchant.shop.place(buyer=f"buyer-{number}") for number in range(3)]
    attempts = [merchant.shop.pay(order_id) for order_id in orders]
    for attempt_id in attempts:
        merchant.shop.approve(attempt_id)
    told = [_notice(merchant, attempt_id) for attempt_id in attempts]

    merchant.shop.work_off()

    for order_id, answer in zip(orders, told, strict=True):
        steps = _trace(merchant, answer)
        assert [step["id"] for step in steps if step["type"] == "order"] == [show("ord", order_id)]
        assert len([step for step in steps if step["type"] == "delivery"]) == 1
        assert {step["title"] for step in steps if step["type"] == "event"} >= {"order.paid", "order.fulfilled"}


def test_what_comes_much_later_is_found_by_what_the_request_touched(merchant: Merchant, clock: Any) -> None:
    order_id = merchant.shop.place()
    attempt_id = merchant.shop.pay(order_id)
    merchant.shop.approve(attempt_id)
    told = _notice(merchant, attempt_id)
    with_it = parse("req", told.headers["X-Request-Id"])
    event = merchant.shop.one(select(OutboxEvent.__table__).where(OutboxEvent.topic == "order.paid"))

    clock.move(3600)
    merchant.shop.work_off()

    assert event.request_id == with_it
    assert ("delivery", "delivered") in _steps(merchant, told)


def test_a_session_and_its_buyer_leave_traces_too(merchant: Merchant, browser_of: Callable[[str], Browser]) -> None:
    session = merchant.post("/v1/checkout/sessions", merchant.session_body())
    buyer = browser_of(session.json["client_secret"])

    confirmed = buyer.call("POST", "/confirm", {"payment_method_id": "simulator"}, {"Idempotency-Key": str(new_id())})

    assert confirmed.status_code == 200, confirmed.text
    assert ("checkout_session", "open") in _steps(merchant, session)
    assert _steps(merchant, confirmed) >= {("order", "paying"), ("event", "order.created"), ("exchange", "attempt")}


def test_work_on_many_orders_has_the_request_that_asked_for_it(merchant: Merchant) -> None:
    order_ids = [merchant.shop.place(buyer=f"buyer-{number}") for number in range(2)]

    asked = merchant.post("/v1/bulk_runs", {"action": "close", "order_ids": [show("ord", each) for each in order_ids]})
    bulk_orders.work_due()

    assert asked.status_code == 201, asked.text
    steps = _trace(merchant, asked)
    assert [step["title"] for step in steps if step["type"] == "bulk_run"] == ["Bulk action"]
    assert {step["id"] for step in steps if step["type"] == "order"} == {show("ord", each) for each in order_ids}


def test_a_request_that_left_nothing_or_is_another_business_s_is_not_found(
    merchant: Merchant, merchant_of: Callable[..., Merchant], new_shop: Callable[..., Any]
) -> None:
    created = merchant.post("/v1/checkout/sessions", merchant.session_body())
    other = merchant_of(new_shop())

    request_id = created.headers["X-Request-Id"]

    assert merchant.get(f"/v1/trace/{request_id}").status_code == 200
    assert other.get(f"/v1/trace/{request_id}").status_code == 404
    assert merchant.get(f"/v1/trace/{show('req', new_id())}").status_code == 404
    assert merchant.get(f"/v1/trace/{show('req', parse('ses', created.json['id']))}").status_code == 404


def _notice(merchant: Merchant, attempt_id: Any) -> Any:
    """The company's notice of success, over HTTP."""
    body = merchant.shop.notice_bytes(attempt_id)
    client: FlaskClient = merchant.client
    address = f"/callbacks/simulator/{show('cha', merchant.shop.account_id)}"
    return client.post(address, data=body, headers=merchant.shop.headers(body))


def _trace(merchant: Merchant, answer: Any) -> list[dict[str, Any]]:
    found = merchant.get(f"/v1/trace/{answer.headers['X-Request-Id']}")
    assert found.status_code == 200, found.text
    assert found.json["id"] == answer.headers["X-Request-Id"]
    steps = list(found.json["steps"])
    known = [step["id"] for step in steps]
    for place, step in enumerate(steps):
        assert {link["id"] for link in step["came_from"]} <= set(known[:place]), step
    return steps


def _steps(merchant: Merchant, answer: Any) -> set[tuple[str, str]]:
    """What its trace shows: changed rows with their states; of messages their topic; of the rest what it is about."""
    found = set()
    for step in _trace(merchant, answer):
        about = step["came_from"][0]["id"].partition("_")[0] if step["came_from"] else ""
        shown = {"ord": "order", "att": "attempt", "req": "request"}.get(about, about)
        if step["type"] == "webhook_delivery" and step["stage"] == "message":
            found.add(("webhook", step["title"]))
        elif step["type"] == "event":
            found.add(("event", step["title"]))
        elif step["stage"] == "object" and step["type"] != "audit_entry":
            found.add((step["type"], step["status"]))
        elif step["type"] != "audit_entry":
            found.add((step["type"], shown))
    return found
