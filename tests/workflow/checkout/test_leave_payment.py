"""The buyer steps back from the payment page, or is sent back by the company."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import NotFound
from app.core.ids import new_id
from app.domain.orders.errors import SessionClosed
from app.domain.orders.models import CheckoutSession
from app.domain.orders.types import Buyer, OrderItem
from app.domain.payments.models import PaymentAttempt
from app.workflow.checkout import confirm_checkout, leave_payment, open_checkout
from tests.factories.shop import Shop

BACK = "https://shop.example/thanks"
SITE = "https://site.example"


def test_a_payment_that_waits_is_closed_and_another_one_pays_the_order(shop: Shop) -> None:
    session_id = _open(shop)
    order_id, first = _confirm(shop, session_id)

    _leave(shop, session_id)
    left = shop.order(order_id).status
    again, second = _confirm(shop, session_id)
    shop.approve(second)
    shop.notice(second)

    assert (left, shop.attempt(first).status) == ("created", "cancelled")
    assert (again, shop.order(order_id).status) == (order_id, "paid")


def test_without_a_payment_the_session_ends_and_its_order_with_it(shop: Shop) -> None:
    unordered, ordered = _open(shop), _open(shop)
    order_id, _ = _confirm(shop, ordered)

    _leave(shop, unordered)
    _leave(shop, ordered)
    _leave(shop, ordered)  # nothing is under way any more

    assert (_status(shop, unordered), _status(shop, ordered)) == ("cancelled", "cancelled")
    assert (shop.order(order_id).status, shop.order(order_id).close_reason) == ("closed", "cancelled")
    for session_id, error in ((unordered, SessionClosed), (ordered, SessionClosed), (new_id(), NotFound)):
        with pytest.raises(error):
            _leave(shop, session_id)


def test_a_payment_that_was_made_meanwhile_is_kept(shop: Shop) -> None:
    session_id = _open(shop)
    order_id, attempt_id = _confirm(shop, session_id)
    shop.approve(attempt_id)

    _leave(shop, session_id)

    assert (shop.order(order_id).status, shop.attempt(attempt_id).status) == ("paid", "succeeded")


def test_coming_back_the_company_is_asked_only_when_it_is_wanted(shop: Shop) -> None:
    session_id = _open(shop, return_url=BACK)
    order_id, attempt_id = _confirm(shop, session_id)
    shop.approve(attempt_id)

    assert leave_payment.come_back(session_id, ask=False) == BACK
    unasked = shop.order(order_id).status
    assert leave_payment.come_back(session_id, ask=True) == BACK

    assert (unasked, shop.order(order_id).status) == ("paying", "paid")


def test_a_buyer_goes_on_where_the_merchant_said_or_at_the_site_that_opened_it(shop: Shop) -> None:
    plain, of_page = _open(shop), _open(shop, details={"page_origin": SITE})
    both = _open(shop, details={"page_origin": SITE}, return_url=BACK)

    def goes_on(session_id: uuid.UUID, *, is_hosted: bool) -> str | None:
        return leave_payment.come_back(session_id, ask=True, is_hosted=is_hosted)

    assert [goes_on(each, is_hosted=False) for each in (plain, of_page, both)] == [None, f"{SITE}/", BACK]
    assert [goes_on(each, is_hosted=True) for each in (plain, of_page, both)] == [None, None, BACK]
    with pytest.raises(NotFound):
        goes_on(new_id(), is_hosted=True)


def _open(shop: Shop, **more: Any) -> uuid.UUID:
    items, buyer = [OrderItem(shop.sku_id, 1)], Buyer(reference="buyer-1")
    return open_checkout.open_checkout(shop.business_id, items=items, buyer=buyer, **more).session_id


def _confirm(shop: Shop, session_id: uuid.UUID) -> tuple[uuid.UUID, uuid.UUID]:
    """The session's order and its newest attempt."""
    order_id = confirm_checkout.confirm_checkout(
        shop.business_id, session_id, channel="simulator", agreements=[], request_id=new_id()
    )
    return order_id, shop.one(select(PaymentAttempt.id).order_by(PaymentAttempt.id.desc())).id


def _leave(shop: Shop, session_id: uuid.UUID) -> None:
    leave_payment.leave_payment(shop.business_id, session_id, actor="buyer")


def _status(shop: Shop, session_id: uuid.UUID) -> str:
    return str(shop.one(select(CheckoutSession.status).where(CheckoutSession.id == session_id)).status)
