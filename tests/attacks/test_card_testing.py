"""Somebody tries few stolen cards very often, under many names, in many sessions and from many addresses; honest buyers
pay beside it, some of them from one of these addresses."""

from __future__ import annotations

import itertools
import random
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.core.errors import TooMany
from app.domain.orders.types import Buyer, OrderItem
from app.domain.payments.models import PaymentAttempt
from app.workflow.checkout import confirm_checkout, open_checkout
from app.workflow.steps.payments import hash_payer
from ops.testing.run import is_long
from tests.factories.shop import Shop

TRIES = 1000 if is_long() else 120
HONEST = 200 if is_long() else 40
CARDS, NAMES, ADDRESSES = 5, 40 if is_long() else 20, 25 if is_long() else 10
FREE = 10  # of one card
OFFICE = "198.51.100.1"  # honest people and one of the attacker's machines are behind it


def _confirm(shop: Shop, name: str, address: str, card: str, *, is_good: bool = False) -> bool:
    """One attempt in a session of its own; whether it reached the company."""
    buyer = Buyer(reference=name)
    opened = open_checkout.open_checkout(shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=buyer)
    about: dict[str, Any] = {"channel": "simulator", "agreements": [], "buyer_ip": address}
    try:
        confirm_checkout.confirm_checkout(shop.business_id, opened.session_id, **about)
    except TooMany:
        return False
    attempt_id = shop.one(select(PaymentAttempt.id).order_by(PaymentAttempt.id.desc())).id
    if is_good:
        shop.approve(attempt_id, means=card)
    else:
        shop.decline(attempt_id, means=card)
    shop.poll(attempt_id)
    return True


@dataclass
class Honest:
    """Somebody who pays with a card of their own, after it was declined so many times."""

    name: str
    address: str
    declines: int
    is_held_up: bool = False

    def buy(self, shop: Shop) -> None:
        tries = [*[False] * self.declines, True]
        answers = [_confirm(shop, self.name, self.address, f"card of {self.name}", is_good=each) for each in tries]
        self.is_held_up = not all(answers)


def _attack(number: int) -> tuple[str, str, str]:
    """Name, address and card of one try: never twice the same together, for as long as there are others."""
    address = OFFICE if number % ADDRESSES == 0 else f"203.0.113.{number % ADDRESSES}"
    return f"name {number // 3 % NAMES}", address, f"stolen {number % CARDS}"


@pytest.mark.timeout(1800)
def test_few_cards_are_soon_not_tried_any_more_and_nobody_else_is_held_up(shop: Shop) -> None:
    dice = random.Random(7)
    honest = [Honest(f"honest {number}", OFFICE, dice.choices([0, 1, 2], [70, 20, 10])[0]) for number in range(HONEST)]
    waiting, received = iter(honest), Counter[str]()
    every = TRIES // HONEST

    for number in range(TRIES):
        name, address, card = _attack(number)
        received[card] += _confirm(shop, name, address, card)
        if number % every == 0 and (buyer := next(waiting, None)) is not None:
            buyer.buy(shop)

    bothered = [each.name for each in honest if each.is_held_up]
    text = (f"{TRIES} tries of {CARDS} cards: {sum(received.values())} heard of, {dict(received)};"
          f" {len(bothered)} of {HONEST} honest buyers held up")  # fmt: skip
    print(text)  # noqa: T201
    assert sum(received.values()) <= CARDS * FREE + NAMES
    assert len(bothered) <= 1


def test_a_card_of_a_buyer_is_held_up_in_all_their_sessions_and_for_everybody_who_tried_it(shop: Shop) -> None:
    names = [f"name {number}" for number in range(FREE)]
    assert all(_confirm(shop, name, f"203.0.113.{number}", "stolen") for number, name in enumerate(names))

    assert not any(_confirm(shop, name, "192.0.2.1", "stolen") for name in names)
    assert _confirm(shop, "somebody else", "192.0.2.1", "own card", is_good=True)


def test_the_pauses_grow(new_shop: Callable[..., Shop], clock: Any) -> None:
    shop = new_shop()
    for number in range(FREE):
        _confirm(shop, f"name {number}", f"203.0.113.{number}", "stolen")
    waits = []

    for number in range(4):
        with pytest.raises(TooMany) as refused:
            shop.pay(shop.place(buyer="name 0"))
        assert refused.value.code == "means_declined"
        waits.append(refused.value.details["retry_after_s"])
        clock.move(waits[-1] + 1)
        assert _confirm(shop, f"name {number}", "192.0.2.1", "stolen")

    assert [wait // 60 for wait in waits] == [1, 5, 15, 60]


def test_an_address_waits_when_most_of_its_tries_were_of_such_cards(shop: Shop) -> None:
    for number in range(FREE):
        _confirm(shop, f"name {number}", "203.0.113.1", "stolen")

    assert not _confirm(shop, "a new name", "203.0.113.1", "stolen")
    assert _confirm(shop, "a new name", "203.0.113.2", "own card", is_good=True)


@pytest.mark.parametrize("is_shared", [True, False], ids=["guests share a reference", "each has one"])
def test_guests_are_not_held_up_by_one_of_them(shop: Shop, *, is_shared: bool) -> None:
    numbers = itertools.count()

    def name() -> str:
        return "guest" if is_shared else f"guest {next(numbers)}"

    for number in range(2 * FREE):
        assert _confirm(shop, name(), f"198.51.100.{number}", f"card {number}", is_good=True)
    for number in range(FREE):
        assert _confirm(shop, name(), f"203.0.113.{number}", "stolen")

    assert _confirm(shop, name(), "192.0.2.1", "own card", is_good=True)


def test_what_is_kept_names_nobody_and_differs_by_business(new_shop: Callable[..., Shop]) -> None:
    stored = []
    for shop in (new_shop(), new_shop()):
        for card in ("one", "one", "two"):
            assert _confirm(shop, str(uuid.uuid4()), "203.0.113.1", card)
        hashes = select(PaymentAttempt.means_hash, PaymentAttempt.address_hash).order_by(PaymentAttempt.id)
        stored.append([tuple(row) for row in shop.many(hashes.where(PaymentAttempt.business_id == shop.business_id))])

    for (first, address), (second, _), (third, _) in stored:
        assert first == second != third
        assert None not in (first, third, address)
    assert {value for row in stored[0] for value in row}.isdisjoint(value for row in stored[1] for value in row)


def test_an_account_that_is_known_beforehand_waits_at_once(shop: Shop) -> None:
    """WeChat's buyers are named by the page before anything is tried."""
    with db.reading(shop.business_id):
        assert hash_payer.all_named_before({"openid": "o1"}) == [hash_payer.of_means("wechatpay", "o1")]
        assert hash_payer.all_named_before({"buyer_ip": "203.0.113.1"}) == []
