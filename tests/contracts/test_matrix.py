"""Every channel at every entrance: started, paid, notified, refunded, closed; and what is unsupported is refused before
anything is written. The application answers HTTP, and calls the companies' stand-ins over HTTP."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core import clock
from app.core.ids import parse, show
from app.core.money import Money
from app.domain.orders.models import Order
from app.domain.orders.types import Buyer, OrderItem
from app.domain.payments import requests
from app.domain.payments.channels import registry
from app.domain.payments.channels.types import DeductionRequest
from app.domain.payments.errors import Unsupported
from app.domain.payments.models import ChannelExchange, PaymentAttempt
from app.workflow.accounts.manage_keys import create_key
from app.workflow.checkout import open_checkout
from tests.contracts.operations import new_ref
from tests.contracts.sides import IN_YUAN, SIDES, Side
from tests.factories.configurations import PAGE, let_in, make_configuration
from tests.factories.shop import Shop
from tests.simulator.company import Company, Receiver
from tests.web.checkout.test_checkout import Visit

BUYER = {"reference": "buyer-1"}


@dataclass
class Front:
    """The application as merchants, pages and buyers reach it."""

    app: Flask
    side: Side
    key: str

    @property
    def shop(self) -> Shop:
        return self.side.shop

    def call(self, path: str, body: dict[str, Any], key: str = "", **headers: str) -> Any:
        sent = {"Authorization": f"Bearer {key or self.key}", "Idempotency-Key": str(uuid.uuid4()), **headers}
        return self.app.test_client().post(path, json=body, headers=sent)

    def notify(self, notice: tuple[dict[str, str], bytes, str]) -> int:
        headers, body, kind = notice
        path = f"/callbacks/{self.side.channel}/{show('cha', self.side.account_id)}"
        answer = self.app.test_client().post(path, data=body, headers=headers, content_type=kind)
        return answer.status_code

    def count(self, table: Any) -> int:
        return int(self.shop.one(select(func.count()).select_from(table))[0])

    def order_body(self) -> dict[str, Any]:
        return {"line_items": [{"sku_id": show("sku", self.shop.sku_id), "quantity": 1}], "buyer": BUYER}


def by_orders(front: Front) -> Any:
    return front.call("/v1/orders", {**front.order_body(), "channel": front.side.channel, "scene": front.side.scene})


def by_paying_an_order(front: Front) -> Any:
    order = show("ord", front.shop.place())
    return front.call(f"/v1/orders/{order}/pay", {"channel": front.side.channel, "scene": front.side.scene})


def by_session(front: Front) -> Any:
    opened = front.call("/v1/checkout/sessions", front.order_body() | {"buyer": {**BUYER, "signed_in": True}})
    return _confirmed(front, opened.json["client_secret"])


def by_button(front: Front) -> Any:
    let_in(front.shop.business_id, PAGE)
    key = create_key(front.shop.business_id, name="page", kind="publishable").secret
    expected = {"configuration": show("cfg", make_configuration(front.shop))}
    opened = front.call("/sdk/v1/checkouts", expected, key, Origin=PAGE)
    return _confirmed(front, opened.json["client_secret"])


def by_hosted_page(front: Front) -> Any:
    buyer = Buyer(reference="buyer-1", signed_in=True)
    opened = open_checkout.open_checkout(front.shop.business_id, items=[OrderItem(front.shop.sku_id, 1)], buyer=buyer)
    visit = Visit(front.app.test_client(), front.shop, opened)
    visit.enter()
    return visit.send("pay", payment_method_id=front.side.channel)


def by_link(front: Front) -> Any:
    client, link = front.app.test_client(), f"/b/{show('cfg', make_configuration(front.shop))}"
    page = client.get(link, follow_redirects=True)
    opened = open_checkout.Opened(parse("ses", page.request.path.split("/")[2]), "", clock.now())
    visit = Visit(client, front.shop, opened, html=page.get_data(as_text=True))
    return visit.send("pay", payment_method_id=front.side.channel)


def _confirmed(front: Front, secret: str) -> Any:
    return front.call("/sdk/v1/session/confirm", {"payment_method_id": front.side.channel, "agreements": []}, secret)


ENTRANCES = (by_orders, by_paying_an_order, by_session, by_button, by_hosted_page, by_link)
# A balance is only a known buyer's.
REFUSED = {("wallet", by_button), ("wallet", by_link)}
POSSIBLE = [
    pytest.param(channel, entrance, id=f"{channel}-{entrance.__name__}")
    for channel in SIDES
    for entrance in ENTRANCES
    if (channel, entrance) not in REFUSED
]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    listening = Receiver()
    yield listening
    listening.close()


@pytest.fixture
def front_of(
    app: Flask, new_shop: Callable[..., Shop], simulator: str, receiver: Receiver
) -> Iterator[Callable[..., Front]]:
    made: list[Shop] = []

    def make(channel: str, **more: Any) -> Front:
        made.append(new_shop(**{"currency": "CNY" if channel in IN_YUAN else "USD", **more}))
        side = SIDES[channel](made[-1], Company(simulator), receiver)
        return Front(app, side, create_key(made[-1].business_id, name="matrix", kind="secret").secret)

    yield make
    for shop in made:
        shop.audit()


def started_payment(front: Front, entrance: Callable[[Front], Any]) -> tuple[Any, Any]:
    """The order and its attempt after the entrance was used; the answer was no error."""
    answer = entrance(front)
    assert answer.status_code < 400, answer.get_data(as_text=True)[:500]
    order = front.shop.one(select(Order.__table__))
    attempt = front.shop.one(select(PaymentAttempt.__table__).where(PaymentAttempt.kind == "charge"))
    assert attempt.channel == front.side.channel
    return order, attempt


@pytest.mark.parametrize(("channel", "entrance"), POSSIBLE)
def test_it_is_started_paid_notified_and_refunded(front_of: Callable[..., Front], channel: str, entrance: Any) -> None:
    front = front_of(channel)

    order, attempt = started_payment(front, entrance)
    if channel != "wallet":
        assert (attempt.status, bool(attempt.action)) == ("pending", True)
    notice = front.side.pay(attempt.id)
    received = [front.notify(notice) for _ in range(2)] if notice is not None else []
    paid = front.shop.order(order.id).status
    back = front.call("/v1/refunds", {"order_id": show("ord", order.id), "amount_minor": 300, "reason": "asked"})

    assert all(status in (200, 204) for status in received)
    assert (paid, front.shop.attempt(attempt.id).status) == ("paid", "succeeded")
    assert back.status_code == 201, back.text
    assert back.json["status"] == ("pending" if channel == "offline" else "succeeded")
    if notice is None:
        assert front.notify(({}, b"{}", "application/json")) == 400


@pytest.mark.parametrize(
    ("channel", "entrance"), [each for each in POSSIBLE if "wallet" not in (each.id or "") and each.values[1] in
                              (by_orders, by_hosted_page)]
)  # fmt: skip
def test_it_is_closed_by_hand_or_with_many_others(front_of: Callable[..., Front], channel: str, entrance: Any) -> None:
    front = front_of(channel)
    order, attempt = started_payment(front, entrance)
    order_id = show("ord", order.id)

    if entrance is by_orders:
        answer = front.call(f"/v1/orders/{order_id}/cancel", {})
    else:
        answer = front.call("/v1/bulk_runs", {"action": "close", "order_ids": [order_id]})

    assert answer.status_code < 300, answer.text
    assert (front.shop.order(order.id).status, front.shop.attempt(attempt.id).status) == ("closed", "cancelled")


@pytest.mark.parametrize("entrance", [by_button, by_link])
def test_a_balance_is_not_spent_by_a_stranger(front_of: Callable[..., Front], entrance: Any) -> None:
    front = front_of("wallet")
    before = front.count(PaymentAttempt)

    entrance(front)

    assert front.count(PaymentAttempt) == before


@pytest.mark.parametrize(
    ("channel", "shop", "body", "code"),
    [
        ("stripe", {}, {"scene": "qr"}, "request_unsupported"),
        ("stripe", {"price_minor": 100_000_000}, {}, "request_unsupported"),
        ("stripe", {"currency": "KWD", "price_minor": 1001}, {}, "request_unsupported"),
        ("alipay", {}, {"return_url": f"https://shop.example/{'x' * 300}"}, "request_unsupported"),
        ("alipay", {"currency": "USD"}, {}, "channel_unavailable"),
        ("wechatpay", {"currency": "USD"}, {}, "channel_unavailable"),
        ("wechatpay", {}, {"scene": "web"}, "channel_unavailable"),
        ("wechatpay", {}, {"scene": "app"}, "request_unsupported"),
        ("wechatpay", {}, {"scene": "app", "payer": {"openid": "o" * 129}}, None),
        ("simulator", {}, {"scene": "mobile"}, "channel_unavailable"),
    ],
)
def test_what_a_channel_cannot_say_is_refused_before_anything_is_written(
    front_of: Callable[..., Front], channel: str, shop: dict[str, Any], body: dict[str, Any], code: str | None
) -> None:
    front = front_of(channel, **shop)

    answer = front.call("/v1/orders", {**front.order_body(), "channel": channel, "scene": front.side.scene, **body})

    assert answer.status_code == 422, answer.text
    assert code is None or answer.json["code"] == code
    assert [front.count(table) for table in (Order, PaymentAttempt, ChannelExchange)] == [0, 0, 0]


@pytest.mark.parametrize("channel", sorted(SIDES))
def test_only_channels_that_deduct_are_asked_to(channel: str) -> None:
    made = registry.CHANNELS[channel]
    pay_request = DeductionRequest(
        attempt_ref=new_ref(),
        contract_no="1",
        amount=Money(1000, "CNY"),
        subject="Renewal",
        notify_url="https://pay.example/callbacks",
    )

    if "deduction" in made.capabilities.kinds:
        requests.validate(made, {}, pay_request)
        return
    with pytest.raises(Unsupported) as refused:
        requests.validate(made, {}, pay_request)
    assert (refused.value.details or {})["reason"] == "kind_unsupported"
