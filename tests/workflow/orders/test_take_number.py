"""The number of a new order: random or in sequence, and nobody's twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.core.db.transient_errors import Busy
from app.domain.catalog.errors import OutOfStock
from app.domain.orders.models import OrderCounter
from app.workflow.accounts.change_settings import change_settings
from app.workflow.steps.orders import take_number
from tests.factories.shop import Shop

OWNER = "usr_01jd3w8n2q4zt5b7yk2hc5e4rv"


def test_numbers_are_random_unless_a_business_wants_them_in_sequence(shop: Shop) -> None:
    number = shop.order(shop.place()).number

    assert len(number) == 10
    assert number.isdecimal()
    assert shop.one(select(OrderCounter.business_id).where(OrderCounter.business_id == shop.business_id)) is None


def test_numbers_in_sequence_begin_where_the_business_says(shop: Shop) -> None:
    _in_sequence(shop, order_number_start=10_482, order_number_format="A-{number}")
    first, second = _number(shop), _number(shop)
    change_settings(shop.business_id, {"order_number_start": 5}, actor=OWNER)
    third = _number(shop)
    change_settings(shop.business_id, {"order_number_start": 20_000, "order_number_format": "{number}"}, actor=OWNER)
    fourth = _number(shop)

    assert [first, second, third, fourth] == ["A-10482", "A-10483", "A-10484", "20000"]


def test_an_order_that_is_refused_leaves_no_gap(new_shop: Callable[..., Shop]) -> None:
    shop = new_shop(stock=1)
    _in_sequence(shop)
    first = _number(shop)
    with pytest.raises(OutOfStock):
        shop.place()
    change_settings(shop.business_id, {"pay_deadline_s": 300}, actor=OWNER)

    assert first == "1"
    assert shop.one(select(OrderCounter).where(OrderCounter.business_id == shop.business_id)).last_number == 1


def test_many_at_once_get_each_number_once(shop: Shop) -> None:
    _in_sequence(shop)

    with ThreadPoolExecutor(8) as pool:
        placed = list(pool.map(lambda n: shop.place(buyer=f"b{n}"), range(24)))

    assert sorted(int(shop.order(each).number) for each in placed) == list(range(1, 25))


def test_a_number_that_is_taken_is_drawn_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    _draw(monkeypatch, "1000000001", "1000000001", "1000000002")

    orders = [shop.place(), shop.place()]

    assert [shop.order(each).number for each in orders] == ["1000000001", "1000000002"]


def test_who_draws_a_taken_number_twice_is_told_to_try_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    _draw(monkeypatch, *["1000000001"] * 3)
    shop.place()

    with pytest.raises(Busy):
        shop.place()


def test_a_number_stays_when_the_format_changes(shop: Shop) -> None:
    order_id = shop.place()
    was = shop.order(order_id).number

    change_settings(shop.business_id, {"order_number_format": "NEW-{number}"}, actor=OWNER)

    assert shop.order(order_id).number == was
    assert _number(shop).startswith("NEW-")


def test_the_payment_company_is_told_the_number(shop: Shop) -> None:
    order_id = shop.place()
    attempt = shop.attempt(shop.pay(order_id))

    page = httpx.get(attempt.action["url"])

    assert f"Order {shop.order(order_id).number}" in page.text


def _in_sequence(shop: Shop, **more: Any) -> None:
    change_settings(shop.business_id, {"order_numbers": "sequence", **more}, actor=OWNER)


def _number(shop: Shop) -> str:
    return str(shop.order(shop.place()).number)


def _draw(monkeypatch: pytest.MonkeyPatch, *numbers: str) -> None:
    drawn = iter(numbers)
    monkeypatch.setattr(take_number, "random_number", lambda: next(drawn))
