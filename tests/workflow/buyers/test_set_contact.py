"""What a checkout asks for is kept with its session, checked, required before paying, and goes on with the order."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.core.errors import Invalid
from app.core.ids import new_id, show
from app.domain.catalog.errors import BuyerLimit
from app.domain.catalog.models import Product
from app.domain.orders import types
from app.domain.orders.errors import SessionClosed
from app.domain.orders.models import CheckoutSession
from app.domain.orders.types import CustomField, OrderItem, SessionTerms
from app.workflow.buyers.set_contact import ContactCommand, set_contact
from app.workflow.checkout.confirm_checkout import confirm_checkout
from app.workflow.checkout.open_checkout import open_checkout
from tests.factories.shop import Shop

SIZE = CustomField(key="size", kind="choice", label="Size", required=True, choices=("S", "M"))
FIELDS = (
    SIZE,
    CustomField(key="name_on_it", kind="text", label="Name"),
    CustomField(key="age", kind="number", label="Age"),
    CustomField(key="from_day", kind="date", label="From"),
)


def test_what_is_said_goes_on_with_the_order(shop: Shop) -> None:
    session_id = _session(shop, collect_email="required", collect_phone="optional", custom_fields=FIELDS)

    _say(shop, session_id, email=" Ada@Example.com", phone="+49 151 12345678", size="M", age="33")
    order = shop.order(_confirm(shop, session_id))

    assert (order.buyer_email, order.buyer_phone) == ("ada@example.com", "+4915112345678")
    assert order.details["custom_fields"] == [
        {"key": "size", "label": "Size", "answer": "M"},
        {"key": "age", "label": "Age", "answer": "33"},
    ]


@pytest.mark.parametrize(
    ("terms", "said", "code"),
    [
        ({"collect_email": "required"}, {}, "email_required"),
        ({"collect_email": "verified"}, {"email": "a@b.example"}, "email_unverified"),
        ({"collect_phone": "required"}, {}, "phone_required"),
        ({"custom_fields": FIELDS}, {"age": "3"}, "field_required"),
    ],
)
def test_what_is_required_comes_before_the_payment(
    shop: Shop, terms: dict[str, Any], said: dict[str, str], code: str
) -> None:
    session_id = _session(shop, **terms)
    _say(shop, session_id, **said)

    with pytest.raises(Invalid) as refused:
        _confirm(shop, session_id)

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"email": "nobody"}, "email_invalid"),
        ({"phone": "12"}, "phone_invalid"),
        ({"size": "XXL"}, "field_invalid"),
        ({"age": "many"}, "field_invalid"),
        ({"from_day": "2026-02-30"}, "field_invalid"),
        ({"name_on_it": "x" * 301}, "field_invalid"),
        ({"unknown": "x"}, "field_invalid"),
    ],
)
def test_what_cannot_be_is_refused_and_named(shop: Shop, said: dict[str, str], code: str) -> None:
    session_id = _session(shop, collect_email="optional", collect_phone="optional", custom_fields=FIELDS)

    with pytest.raises(Invalid) as refused:
        _say(shop, session_id, **said)

    assert (refused.value.code, refused.value.details["param"]) == (code, next(iter(said)))


def test_what_is_not_asked_is_not_kept(shop: Shop) -> None:
    session_id = _session(shop)

    for said in ({"email": "a@b.example"}, {"phone": "+4915112345678"}, {"size": "M"}):
        with pytest.raises(Invalid):
            _say(shop, session_id, **said)


def test_another_address_than_the_proven_one_is_a_guests(shop: Shop) -> None:
    session_id = _session(shop, collect_email="optional")
    with db.phase("test.proven", shop.business_id):
        known = {"buyer_reference": "ada", "buyer_email": "a@b.example", "buyer_signed_in": True}
        db.write(db.change(CheckoutSession, session_id, **known), expect=1)

    _say(shop, session_id, email="other@b.example")

    session = shop.one(select(CheckoutSession.__table__).where(CheckoutSession.id == session_id))
    assert (session.buyer_reference, session.buyer_signed_in) == (f"guest_{show('ses', session_id)}", False)


def test_an_order_is_not_changed_by_it(shop: Shop) -> None:
    session_id = _session(shop, collect_email="optional")
    _confirm(shop, session_id)

    with pytest.raises(SessionClosed):
        _say(shop, session_id, email="a@b.example")


def test_limits_hold_for_guests_by_the_address_they_give(shop: Shop) -> None:
    with db.phase("test.limit", shop.business_id):
        db.write(db.change(Product, shop.product_id, max_per_buyer=1), expect=1)
    first, second, third = (_session(shop, collect_email="required") for _ in range(3))
    _say(shop, first, email="ada@example.com")
    _say(shop, second, email="ADA@example.com")
    _say(shop, third, email="grace@example.com")

    _confirm(shop, first)
    with pytest.raises(BuyerLimit):
        _confirm(shop, second)
    _confirm(shop, third)


def _session(shop: Shop, **terms: Any) -> uuid.UUID:
    own_id = new_id()
    return open_checkout(
        shop.business_id,
        items=[OrderItem(shop.sku_id, 1)],
        buyer=types.Buyer(reference=f"guest_{show('ses', own_id)}"),
        terms=SessionTerms(**terms),
        session_id=own_id,
    ).session_id


def _say(shop: Shop, session_id: uuid.UUID, **values: str) -> None:
    unused: Any = None  # nothing is sent and no code is tried, so nothing is counted
    set_contact(shop.business_id, session_id, ContactCommand(values=values), locale="en", counter=unused, address=None)


def _confirm(shop: Shop, session_id: uuid.UUID) -> uuid.UUID:
    return confirm_checkout(shop.business_id, session_id, channel="simulator", agreements=[])
