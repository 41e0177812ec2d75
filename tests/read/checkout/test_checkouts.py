"""Checkout snapshots: one status for every combination of states, and a version that only grows."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.core import clock, db
from app.core.errors import NotFound
from app.core.ids import new_id
from app.domain.catalog.types import Option
from app.domain.orders.models import CheckoutSession, Order, OrderLine, SubOrder
from app.domain.orders.types import Buyer, OrderItem, SessionItem, write_items
from app.domain.payments import service as payments
from app.domain.payments.models import PaymentAttempt, PaymentTransaction
from app.read.checkout import checkouts
from app.workflow.catalog import manage_options
from app.workflow.checkout import confirm_checkout, open_checkout
from app.workflow.checkout.open_checkout import LineChange
from tests.factories.shop import Shop
from tests.read.conftest import Undone

# session · order (with the reason of its closing) · last attempt → the word
WORDS = [
    ("open", None, None, "ready"),
    ("cancelled", None, None, "cancelled"),
    ("expired", None, None, "expired"),
    ("open", "paying", "ready", "processing"),
    ("open", "paying", "pending", "processing"),
    ("open", "paying", "pending with action", "requires_action"),
    ("open", "paying", "unknown", "unknown"),
    ("open", "paying", "unknown with action", "unknown"),
    ("open", "created", "failed", "failed"),
    ("open", "created", "cancelled", "failed"),
    ("complete", "paid", "succeeded", "succeeded"),
    ("complete", "fulfilling", "succeeded", "succeeded"),
    ("complete", "fulfilled", "succeeded", "succeeded"),
    ("complete", "completed", "succeeded", "succeeded"),
    ("complete", "refunding", "succeeded", "succeeded"),
    ("complete", "refunded", "succeeded", "succeeded"),
    ("cancelled", "closed cancelled", "cancelled", "cancelled"),
    ("expired", "closed expired", "failed", "expired"),
]


def arrange(shop: Shop, session: str, order: str | None, attempt: str | None) -> uuid.UUID:
    """A session with its order and attempt in these states."""
    session_id, order_id, transaction_id = new_id(), new_id(), new_id()
    later = clock.now() + timedelta(hours=1)
    money = {"amount_minor": 1000, "currency": "USD"}
    with db.phase("test.stand", shop.business_id):
        db.add(
            CheckoutSession,
            id=session_id,
            secret_hash="",
            status=session,
            items=write_items([SessionItem(key="1", sku_id=shop.sku_id, quantity=1)]),
            currency="USD",
            buyer_reference="b",
            expires_at=later,
            order_id=order_id if order else None,
        )
        if order:
            status, _, reason = order.partition(" ")
            made = {"id": order_id, "currency": "USD", "total_minor": 1000, "session_id": session_id}
            db.add(Order, status=status, close_reason=reason or None, expires_at=later, **_ORDER, **made)
            part = {"order_id": order_id, **money}
            sub_order_id = new_id()
            db.add(SubOrder, id=sub_order_id, split_by="delivery_kind", split_value="entitlement", **part)
            db.add(
                OrderLine, sub_order_id=sub_order_id, product_id=shop.product_id, sku_id=shop.sku_id, **_LINE, **part
            )
        if attempt:
            status, _, action = attempt.partition(" ")
            db.add(PaymentTransaction, id=transaction_id, kind="charge", order_id=order_id, actor="test", **money)
            db.add(
                PaymentAttempt,
                transaction_id=transaction_id,
                channel_account_id=shop.account_id,
                channel="simulator",
                scene="web",
                status=status,
                action={"type": "redirect", "url": "http://company/pay"} if action else None,
                kind="charge",
                journal_id=new_id(),
                next_poll_at=later if status in ("ready", "pending", "unknown") else None,
                **money,
            )
    return session_id


_LINE = {"position": 1, "title": "", "specification": {}, "unit_price_minor": 1000, "quantity": 1}
_ORDER = {"buyer_reference": "b", "snapshot_hash": ""}


def test_each_standing_has_its_word(undone: Undone, new_shop: Callable[..., Shop]) -> None:
    shop = new_shop()
    wrong = []

    for session, order, attempt, word in WORDS:
        with undone.trial():
            shown = checkouts.snapshot(shop.business_id, arrange(shop, session, order, attempt))
        if shown["status"] != word:
            wrong.append((session, order, attempt, shown["status"]))
        assert (shown["action"] is not None) == (word == "requires_action")
        assert (shown["error"] is not None) == (word == "failed")
        assert shown["delivered"] == (order in ("fulfilled", "completed"))

    assert wrong == []


def test_every_state_of_an_order_and_an_attempt_is_in_the_table() -> None:
    from app.domain.orders.states import ORDER, SESSION
    from app.domain.payments.states import ATTEMPT

    assert {order.split()[0] for _, order, _, _ in WORDS if order} == ORDER.states
    assert {attempt.split()[0] for _, _, attempt, _ in WORDS if attempt} == ATTEMPT.states
    assert {session for session, _, _, _ in WORDS} == SESSION.states


def test_a_session_whose_time_is_over_has_expired_before_anybody_closed_it(
    undone: Undone, new_shop: Callable[..., Shop], clock: Any
) -> None:
    shop = new_shop()
    session_id = arrange(shop, "open", None, None)
    undecided_id = arrange(shop, "open", "paying", "unknown")
    clock.move(3601)

    assert checkouts.snapshot(shop.business_id, session_id)["status"] == "expired"
    assert checkouts.snapshot(shop.business_id, undecided_id)["status"] == "unknown"
    assert undone


def test_a_session_is_shown_to_its_own_business_only(new_shop: Callable[..., Shop]) -> None:
    shop, other = new_shop(), new_shop()
    opened = open_checkout.open_checkout(
        shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="b")
    )

    with pytest.raises(NotFound):
        checkouts.snapshot(other.business_id, opened.session_id)
    with pytest.raises(NotFound):
        checkouts.version(other.business_id, opened.session_id)


def test_a_buyer_is_told_what_the_skus_differ_in(shop: Shop) -> None:
    manage_options.set_options(shop.business_id, shop.product_id, [Option("Term", ("1 month",))])
    opened = open_checkout.open_checkout(
        shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="b")
    )

    snapshot = checkouts.snapshot(shop.business_id, opened.session_id)

    assert snapshot["product"]["options"] == [{"name": "Term", "values": ["1 month"]}]
    assert snapshot["skus"][0]["specification"] == {"Term": "1 month"}


def test_the_version_grows_with_every_step_of_a_purchase(shop: Shop) -> None:
    session_id = open_checkout.open_checkout(
        shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="b")
    ).session_id
    seen: list[dict[str, Any]] = []

    def look() -> dict[str, Any]:
        seen.append(checkouts.snapshot(shop.business_id, session_id))
        assert checkouts.version(shop.business_id, session_id) == seen[-1]["version"]
        return seen[-1]

    def pay() -> uuid.UUID:
        order_id = confirm_checkout.confirm_checkout(shop.business_id, session_id, channel=None, agreements=[])
        with db.reading(shop.business_id):
            [attempt] = payments.undecided_of(order_id)
        return attempt.id

    look()
    open_checkout.change_checkout(shop.business_id, session_id, lines=[LineChange(key="1", quantity=2)])
    assert look()["total_minor"] == 2000
    declined = pay()
    assert look()["status"] == "requires_action"
    shop.decline(declined)
    shop.poll(declined)
    assert look()["error"]["code"] == "insufficient_funds"
    paid = pay()
    look()
    shop.notice(paid)
    assert look()["status"] == "succeeded"
    shop.work_off()
    assert look()["delivered"]

    versions = [each["version"] for each in seen]
    assert versions == sorted(set(versions))
    assert [each["status"] for each in seen] == [
        "ready",
        "ready",
        "requires_action",
        "failed",
        "requires_action",
        "succeeded",
        "succeeded",
    ]


def test_a_session_is_over_by_the_time_of_its_business_and_says_what_time_that_is(shop: Shop) -> None:
    shop.advance(30 * 86_400)
    opened = open_checkout.open_checkout(
        shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="b")
    )
    before = checkouts.snapshot(shop.business_id, opened.session_id)

    shop.advance(86_400)

    after = checkouts.snapshot(shop.business_id, opened.session_id)
    left = [
        datetime.fromisoformat(each["expires_at"]) - datetime.fromisoformat(each["now"]) for each in (before, after)
    ]
    assert (before["status"], after["status"]) == ("ready", "expired")
    assert timedelta(hours=23.9) < left[0] <= timedelta(hours=24)
    assert left[1] <= timedelta(0)
    assert datetime.fromisoformat(before["now"]) - clock.actual() > timedelta(days=29.9)
