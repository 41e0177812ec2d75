"""Somebody tries one stolen card after another: on one session, on many orders, under many names, from one address."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import settings
from app.core.errors import TooMany
from app.core.ids import show
from app.domain.orders import types
from app.domain.orders.types import Buyer, OrderItem
from app.domain.payments.models import PaymentAttempt
from app.workflow.checkout import confirm_checkout, open_checkout
from app.workflow.orders import place_and_pay
from ops.testing.run import is_long
from tests.factories.shop import Shop

FREE, MOST, OF_BUYER, DAY_S = 5, 15, 20, 86400
TRIES = 60


@pytest.fixture(params=[3])
def per_address(app: Flask, request: pytest.FixtureRequest) -> Iterator[None]:
    """An installation that lets one address begin so many payments in ten minutes."""
    assert app
    known = settings.current()
    settings.use(replace(known, payments_per_address=request.param))
    yield
    settings.use(known)


def _declined(shop: Shop, begin: Callable[[], uuid.UUID | None]) -> bool:
    """Try once more; whether it reached the company, which then declines."""
    before = set(_attempt_ids(shop))
    try:
        begin()
    except TooMany:
        assert set(_attempt_ids(shop)) == before
        return False
    [attempt_id] = set(_attempt_ids(shop)) - before
    shop.decline(attempt_id)
    shop.poll(attempt_id)
    assert shop.attempt(attempt_id).status == "failed"
    return True


def _attempt_ids(shop: Shop) -> list[uuid.UUID]:
    """The attempts that the company knows of."""
    return [row.id for row in shop.many(select(PaymentAttempt.id).where(PaymentAttempt.channel_ref.is_not(None)))]


def _open(shop: Shop, reference: str = "buyer-1", email: str | None = None) -> open_checkout.Opened:
    buyer = Buyer(reference=reference, email=email)
    return open_checkout.open_checkout(shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=buyer)


def _confirm(shop: Shop, session_id: uuid.UUID) -> Callable[[], uuid.UUID]:
    return lambda: confirm_checkout.confirm_checkout(shop.business_id, session_id, channel="simulator", agreements=[])


def test_sixty_fast_confirms_of_one_session_are_five(shop: Shop) -> None:
    begin = _confirm(shop, _open(shop).session_id)

    assert sum(_declined(shop, begin) for _ in range(TRIES)) <= FREE + 1


def test_so_are_sixty_payments_of_one_order(shop: Shop) -> None:
    order_id = shop.place()

    assert sum(_declined(shop, lambda: shop.pay(order_id)) for _ in range(TRIES)) <= FREE + 1


@pytest.mark.parametrize("way", ["orders", "orders placed and paid at once", "sessions", "names with one address"])
def test_many_orders_of_one_buyer_are_slowed_down_too(shop: Shop, way: str) -> None:
    def begin(number: int) -> Callable[[], uuid.UUID | None]:
        if way == "orders":
            order_id = shop.place()
            return lambda: shop.pay(order_id)
        if way == "sessions":
            return _confirm(shop, _open(shop).session_id)
        if way == "names with one address":
            return _confirm(shop, _open(shop, f"name-{number}", "mallory@people.example").session_id)
        command = types.PlaceOrderCommand(items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="buyer-1"))
        about: dict[str, Any] = {"order_id": uuid.uuid4(), "channel": "simulator"}
        return lambda: place_and_pay.place_and_pay(shop.business_id, command, **about)

    assert sum(_declined(shop, begin(number)) for number in range(OF_BUYER + 10)) == OF_BUYER
    assert _declined(shop, lambda: shop.pay(shop.place(buyer="somebody else")))


def test_after_the_pause_it_goes_on_and_the_pauses_grow(shop: Shop, clock: Any) -> None:
    begin = _confirm(shop, _open(shop).session_id)
    for pause_s in (0, 0, 0, 0, 0, 10, 30):
        if pause_s:
            clock.move(pause_s - 5)
            with pytest.raises(TooMany) as refused:
                begin()
            assert 1 <= refused.value.details["retry_after_s"] <= 5
            clock.move(6)
        assert _declined(shop, begin)


def test_after_fifteen_the_order_takes_no_more_that_day(new_shop: Callable[..., Shop], clock: Any) -> None:
    shop = new_shop(pay_deadline_s=7 * DAY_S)
    order_id = shop.place()
    received = 0
    for _ in range(MOST + 5):
        received += _declined(shop, lambda: shop.pay(order_id))
        clock.move(601)

    with pytest.raises(TooMany) as refused:
        shop.pay(order_id)
    assert (received, refused.value.code) == (MOST, "declines_exhausted")


def test_an_honest_buyer_who_tries_three_cards_is_never_held_up(shop: Shop) -> None:
    for number in range(5):
        order_id = shop.place(buyer="family")
        for _ in range(3):
            assert _declined(shop, partial(shop.pay, order_id)), number
        attempt_id = shop.pay(order_id)
        shop.approve(attempt_id)
        shop.notice(attempt_id)
        assert shop.order(order_id).status == "paid"
    shop.work_off()


def test_payments_that_nobody_knows_the_end_of_do_not_count(shop: Shop) -> None:
    for _ in range(OF_BUYER + 5):
        shop.pay(shop.place())

    assert shop.pay(shop.place())


def _send(app: Flask, opened: open_checkout.Opened, address: str = "203.0.113.9") -> Any:
    headers = {"Authorization": f"Bearer {opened.client_secret}", "Idempotency-Key": str(uuid.uuid4())}
    body = {"payment_method_id": "simulator"}
    about: dict[str, Any] = {"environ_base": {"REMOTE_ADDR": address}}
    return app.test_client().post(
        "/sdk/v1/session/confirm", json=body, headers={**headers, "Accept-Language": "de"}, **about
    )


def test_a_buyer_is_told_calmly_when_to_try_again(app: Flask, shop: Shop) -> None:
    opened = _open(shop)
    for _ in range(FREE):
        assert _declined(shop, _confirm(shop, opened.session_id))

    answer = _send(app, opened)
    page = _visit(app, opened)

    assert (answer.status_code, answer.json["code"]) == (429, "too_many_declines")
    assert 1 <= int(answer.headers["Retry-After"]) <= 10
    assert answer.json["detail"].startswith("Mehrere Zahlungen wurden abgelehnt.")
    assert page.status_code == 429
    assert "Several payments were declined" in page.text
    assert "Try again in" in page.text


def _visit(app: Flask, opened: open_checkout.Opened) -> Any:
    """The hosted page, where the buyer presses the button."""
    client = app.test_client()
    entered = client.get(
        f"/c/{opened.url.partition('/c/')[2]}",
        headers={"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
        follow_redirects=True,
    )
    sent = {"do": "pay"}
    for tag in re.findall(r"<input[^>]*>", entered.text):
        values = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if "name" in values and (values.get("type") not in ("radio", "checkbox") or " checked" in tag):
            sent[values["name"]] = values["value"]
    return client.post(f"/c/{show('ses', opened.session_id)}", data=sent)


@pytest.mark.usefixtures("per_address")
def test_one_address_is_counted_and_another_is_not_held_up_by_it(app: Flask, shop: Shop) -> None:
    sessions = [_open(shop, f"buyer-{number}") for number in range(6)]
    address = f"2001:db8::{uuid.uuid4().hex[:4]}"

    answers = [_send(app, each, address).status_code for each in sessions[:5]]

    assert answers == [200, 200, 200, 429, 429]
    assert _send(app, sessions[5], "198.51.100.7").status_code == 200


@pytest.mark.parametrize("per_address", [300], indirect=True)
@pytest.mark.usefixtures("per_address")
def test_two_hundred_buyers_behind_one_address_are_let_through(app: Flask, shop: Shop) -> None:
    address = f"2001:db8:1::{uuid.uuid4().hex[:4]}"
    mallory = _open(shop, "mallory")
    for _ in range(FREE):
        assert _declined(shop, _confirm(shop, mallory.session_id))
    refused = [_send(app, mallory, address).status_code for _ in range(TRIES)]

    buyers = 200 if is_long() else 20
    answers = [_send(app, _open(shop, f"buyer-{number}"), address).status_code for number in range(buyers)]

    assert set(refused) == {429}
    assert set(answers) == {200}
