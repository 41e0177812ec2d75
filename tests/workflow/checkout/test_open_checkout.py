"""Checkout sessions: opened, entered by their links, and changed by the buyer."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from app.core.errors import AppError, Invalid, NotFound, Unauthenticated
from app.core.ids import new_id, show
from app.domain.catalog.errors import NotOnSale, QuantityNotAllowed
from app.domain.marketing.errors import NoPrice
from app.domain.orders import rules
from app.domain.orders.errors import SessionClosed
from app.domain.orders.models import CheckoutSession
from app.domain.orders.types import MAX_LINES, Buyer, OrderItem, SessionTerms
from app.workflow.catalog import manage_catalog
from app.workflow.catalog.manage_catalog import ProductCommand, SkuCommand
from app.workflow.checkout import confirm_checkout, open_checkout
from app.workflow.checkout.open_checkout import LineChange, Opened
from tests.factories.shop import Shop

HOUR_S = 3600


@pytest.fixture
def year(shop: Shop) -> uuid.UUID:
    """Another SKU of the shop's product."""
    command = SkuCommand(code="YEAR", name="1 year", price_minor=9000, currency="USD")
    return manage_catalog.add_sku(shop.business_id, shop.product_id, command)


def test_the_same_session_again_keeps_what_it_sells_and_only_the_last_secret_opens_it(shop: Shop) -> None:
    session_id = new_id()

    first = _open(shop, session_id=session_id)
    again = _open(shop, OrderItem(shop.sku_id, 5), session_id=session_id)

    assert open_checkout.authenticate(again.client_secret) == (shop.business_id, session_id)
    assert (_session(shop, session_id).items[0]["quantity"], again.expires_at) == (1, first.expires_at)
    for secret in (first.client_secret, f"{show('ses', new_id())}_secret_x", show("ses", session_id), ""):
        with pytest.raises(Unauthenticated):
            open_checkout.authenticate(secret)


def test_what_cannot_be_bought_together_opens_nothing(shop: Shop) -> None:
    one, euro = OrderItem(shop.sku_id, 1), _sold(shop, "Font", currency="EUR")
    draft = _sold(shop, "Draft", publish=False)

    for items, error in (
        ([], Invalid),
        ([one] * (MAX_LINES + 1), Invalid),
        ([one, one], Invalid),
        ([one, OrderItem(euro, 1)], Invalid),
        ([OrderItem(shop.sku_id, 51)], QuantityNotAllowed),
        ([OrderItem(draft, 1)], NotOnSale),
        ([OrderItem(new_id(), 1)], NotFound),
    ):
        with pytest.raises(error):
            open_checkout.open_checkout(shop.business_id, items=items, buyer=Buyer(reference="b"))
    with pytest.raises(NoPrice):
        _open(shop, currency="EUR")

    assert shop.many(select(CheckoutSession.id)) == []


def test_of_many_browsers_with_one_link_one_is_let_in(shop: Shop) -> None:
    opened = _open(shop)

    with ThreadPoolExecutor(4) as pool:
        grants = [grant for grant in pool.map(lambda _: _enter(opened), range(4)) if grant]

    assert len(grants) == 1
    assert open_checkout.entered(grants[0]) == (shop.business_id, opened.session_id)
    fresh = _open(shop, session_id=opened.session_id)
    assert _enter(fresh)
    assert (_enter(opened), _enter(fresh)) == (None, None)
    with pytest.raises(Unauthenticated):
        open_checkout.entered(f"{grants[0]}x")


def test_a_reusable_link_lets_everybody_in_until_the_session_is_long_over(shop: Shop, clock: ModuleType) -> None:
    opened = _open(shop, reusable_link=True)

    assert all(_enter(opened) for _ in range(3))
    assert _enter(_open(shop), key=_key(opened)) is None
    confirm_checkout.cancel_checkout(shop.business_id, opened.session_id, actor="buyer")
    clock.move(rules.SESSION_LASTS.total_seconds() + rules.SHOWN_AFTER.total_seconds() - HOUR_S)
    assert _enter(opened)
    clock.move(2 * HOUR_S)

    assert _enter(opened) is None
    for enter, secret in ((open_checkout.authenticate, opened.client_secret), (open_checkout.entered, opened.grant)):
        with pytest.raises(Unauthenticated):
            enter(secret)


def test_the_buyer_takes_another_sku_and_quantity(shop: Shop, year: uuid.UUID) -> None:
    opened = _open(shop)

    _change(shop, opened, LineChange(key=None, sku_id=year, quantity=2), channel="simulator")

    session = _session(shop, opened.session_id)
    assert session.items == [{"key": "1", "sku_id": str(year), "quantity": 2}]
    assert (session.channel, session.edits) == ("simulator", 1)


def test_a_change_that_cannot_be_leaves_the_cart_as_it_was(shop: Shop, year: uuid.UUID) -> None:
    font, poster = _sold(shop, "Font"), _sold(shop, "Poster")
    opened = _open(shop, OrderItem(shop.sku_id, 1), OrderItem(font, 1))
    before = _session(shop, opened.session_id)

    for change, code in (
        (LineChange(key=None, quantity=2), "line_needed"),
        (LineChange(key="3", quantity=2), "no_such_line"),
        (LineChange(key="1", sku_id=new_id()), "not_found"),
        (LineChange(key="1", sku_id=font), "sku_twice"),
        (LineChange(key="1", sku_id=poster), "wrong_product"),
        (LineChange(key="1", quantity=51), "quantity_not_allowed"),
    ):
        assert _refusal(shop, opened, change) == code
    assert _refusal(shop, opened, LineChange(key="1", quantity=0), LineChange(key="2", quantity=0)) == "last_line"

    assert _session(shop, opened.session_id) == before
    fixed = _open(shop, terms=SessionTerms(quantity_changeable=False, sku_changeable=False))
    assert _refusal(shop, fixed, LineChange(key="1", quantity=2)) == "quantity_not_allowed"
    assert _refusal(shop, fixed, LineChange(key="1", sku_id=year)) == "wrong_product"


def test_goods_stay_once_they_were_changed_elsewhere_ordered_or_the_session_is_over(
    shop: Shop, clock: ModuleType
) -> None:
    two = LineChange(key="1", quantity=2)
    opened, late = _open(shop), _open(shop)
    seen = _session(shop, opened.session_id)
    _change(shop, opened, two, seen_version=seen.edits + seen.version)

    assert _refusal(shop, opened, two, seen_version=seen.edits + seen.version) == "session_changed"
    confirm_checkout.confirm_checkout(shop.business_id, opened.session_id, channel="simulator", agreements=[])
    assert _refusal(shop, opened, two) == "already_ordered"
    _change(shop, opened, channel="offline")  # this may change still
    clock.move(rules.SESSION_LASTS.total_seconds())

    assert _refusal(shop, late, two) == "session_expired"
    with pytest.raises(SessionClosed):
        _change(shop, late, channel="simulator")
    with pytest.raises(NotFound):
        open_checkout.change_checkout(shop.business_id, new_id(), lines=[two])


def _sold(shop: Shop, name: str, *, currency: str = "USD", publish: bool = True) -> uuid.UUID:
    product_id = manage_catalog.create_product(shop.business_id, ProductCommand(name=name), actor="test")
    command = SkuCommand(code=name.upper(), name="", price_minor=500, currency=currency)
    sku_id = manage_catalog.add_sku(shop.business_id, product_id, command)
    if publish:
        manage_catalog.publish_product(shop.business_id, product_id, actor="test")
    return sku_id


def _open(shop: Shop, *items: OrderItem, **more: Any) -> Opened:
    chosen = items or (OrderItem(shop.sku_id, 1),)
    return open_checkout.open_checkout(shop.business_id, items=chosen, buyer=Buyer(reference="buyer-1"), **more)


def _key(opened: Opened) -> str:
    return parse_qs(urlsplit(opened.url).query)["key"][0]


def _enter(opened: Opened, key: str | None = None) -> str | None:
    try:
        return open_checkout.enter_by_link(opened.session_id, key or _key(opened))
    except Unauthenticated:
        return None


def _change(shop: Shop, opened: Opened, *lines: LineChange, **more: Any) -> None:
    open_checkout.change_checkout(shop.business_id, opened.session_id, lines=lines, **more)


def _refusal(shop: Shop, opened: Opened, *lines: LineChange, **more: Any) -> str:
    with pytest.raises(AppError) as refused:
        _change(shop, opened, *lines, **more)
    return refused.value.code


def _session(shop: Shop, session_id: uuid.UUID) -> Any:
    table = CheckoutSession.__table__
    return shop.one(select(table).where(table.c.id == session_id))
