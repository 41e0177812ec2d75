"""Shipped goods meet every way of buying: free, from the wallet, with a coupon, by link; contracts refuse them."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from app.core import clock, db
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.core.last_read import LastRead
from app.domain.catalog.models import Sku
from app.domain.fulfilment.parcels.types import Label
from app.domain.orders.models import CheckoutSession, Order
from app.domain.orders.shipping import ADDRESS
from app.domain.orders.types import Buyer, ContractOrder, OrderItem
from app.workflow.accounts import erase_buyer
from app.workflow.buyers.set_contact import ContactCommand, set_contact
from app.workflow.checkout import confirm_checkout, open_checkout
from app.workflow.fulfilment import manage_parcels
from app.workflow.orders import complete_orders
from tests.factories.merchant import delivery_of
from tests.factories.parcels import BERLIN, paid_parcels, parcels_of, place_shipped, sell_parcels
from tests.factories.shop import Shop

TYPED = {f"address_{name}": text for name, text in BERLIN.items()}


@pytest.fixture
def sold(shop: Shop) -> Shop:
    sell_parcels(shop)
    return shop


def test_a_free_order_waits_for_its_parcel(sold: Shop) -> None:
    with db.phase("test.free", sold.business_id):
        db.write(db.change(Sku, sold.sku_id, price_minor=0), expect=1)
    order_id = place_shipped(sold)
    sold.pay(order_id, channel=None)
    sold.work_off()

    waiting = sold.order(order_id).status
    _send(sold, order_id)

    assert (waiting, sold.order(order_id).status) == ("fulfilling", "fulfilled")


def test_an_order_paid_from_the_wallet_is_shipped(sold: Shop) -> None:
    sold.keep_wallets()
    sold.fund("buyer-1", 5000)
    order_id = place_shipped(sold)
    sold.pay(order_id, channel="wallet")
    sold.work_off()

    _send(sold, order_id)

    assert sold.order(order_id).status == "fulfilled"


def test_a_contract_does_not_ship(sold: Shop) -> None:
    now = clock.now()
    contract = ContractOrder(
        contract_id=new_id(), unit_minor=900, starts_at=now, ends_at=now, expires_at=None, is_renewal=True
    )

    with pytest.raises(Conflict) as refused:
        place_shipped(sold, contract=contract)

    assert refused.value.code == "shipped_product"


def test_a_guest_says_where_to_and_then_buys(sold: Shop) -> None:
    session_id = _session(sold)

    with pytest.raises(Invalid) as refused:
        _confirm(sold, session_id)
    _say(sold, session_id, {**TYPED, "address_country": "Deutschland"})
    order_id = _confirm(sold, session_id)

    assert (refused.value.code, refused.value.details["param"]) == ("address_required", "address_name")
    assert sold.order(order_id).details[ADDRESS] == BERLIN


@pytest.mark.parametrize(
    "typed",
    [
        {"address_country": "Atlantis"},
        {"address_city": "x" * 121},
        {"address_line1": "a\nb"},
        {"address_planet": "Mars"},
    ],
)
def test_what_is_no_address_is_refused(sold: Shop, typed: dict[str, str]) -> None:
    session_id = _session(sold)

    with pytest.raises(Invalid) as refused:
        _say(sold, session_id, typed)

    assert (refused.value.code, refused.value.details["param"]) == ("field_invalid", next(iter(typed)))


def test_nobody_is_asked_where_nothing_is_shipped(shop: Shop) -> None:
    session_id = _session(shop)

    with pytest.raises(Invalid):
        _say(shop, session_id, TYPED)

    assert _kept(shop, session_id).terms == {}


def test_an_erased_buyer_leaves_no_address_and_no_number(sold: Shop) -> None:
    order_id = paid_parcels(sold, email="ada@example.com")
    _send(sold, order_id, Label(carrier="DHL", tracking_number="0034"))
    complete_orders.complete_order(sold.business_id, order_id, actor="test", then=LastRead(lambda: None))

    buyer = erase_buyer.find_buyer(sold.business_id, reference="buyer-1")
    erase_buyer.erase_buyer(sold.business_id, buyer, reason="asked", requested_by="ada", agreed="alone")

    assert ADDRESS not in sold.order(order_id).details
    assert [(each.carrier, each.tracking_number) for each in parcels_of(sold, order_id)] == [("DHL", "")]


def test_an_order_without_shipped_goods_keeps_no_address_it_did_not_get(shop: Shop) -> None:
    order_id = shop.paid_order()

    assert ADDRESS not in shop.one(select(Order.details).where(Order.id == order_id)).details
    assert (parcels_of(shop, order_id), delivery_of(shop, order_id).status) == ([], "delivered")


def _send(shop: Shop, order_id: uuid.UUID, label: Label = manage_parcels.NO_LABEL) -> None:
    parcel_id = manage_parcels.pack_parcel(shop.business_id, order_id, {}, label=label, actor="ada")
    manage_parcels.ship_parcel(shop.business_id, parcel_id, actor="ada")
    manage_parcels.deliver_parcel(shop.business_id, parcel_id, actor="ada")


def _session(shop: Shop) -> uuid.UUID:
    opened = open_checkout.open_checkout(
        shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="guest")
    )
    return opened.session_id


def _say(shop: Shop, session_id: uuid.UUID, values: dict[str, str]) -> None:
    unused: Any = None  # nothing is sent and no code is tried, so nothing is counted
    set_contact(shop.business_id, session_id, ContactCommand(values=values), locale="de", counter=unused, address=None)


def _confirm(shop: Shop, session_id: uuid.UUID) -> uuid.UUID:
    return confirm_checkout.confirm_checkout(shop.business_id, session_id, channel="simulator", agreements=[])


def _kept(shop: Shop, session_id: uuid.UUID) -> CheckoutSession:
    found: CheckoutSession = shop.one(select(CheckoutSession.__table__).where(CheckoutSession.id == session_id))
    return found
