"""Events of deliveries are believed when the system that delivers has signed them, and no other."""

from __future__ import annotations

from app.core.http import merchant_call
from app.core.ids import new_id
from app.workflow.fulfilment import manage_delivery
from app.workflow.fulfilment.verify_delivery_event import is_genuine
from tests.factories.deliveries import sell_keys
from tests.factories.merchant import MerchantSystem, delivery_of, sell_through
from tests.factories.shop import Shop

BODY = b'{"type": "delivered"}'


def test_the_products_secret_counts_and_only_the_newest(shop: Shop, system: MerchantSystem) -> None:
    sell_through(shop, system)
    delivery_id, signed = delivery_of(shop, shop.paid_order()).id, merchant_call.sign(system.secret, "a", BODY)

    before = is_genuine(shop.business_id, delivery_id, signed, BODY)
    rolled = manage_delivery.roll_callback_secret(shop.business_id, shop.product_id)

    assert (before, is_genuine(shop.business_id, delivery_id, signed, BODY)) == (True, False)
    assert is_genuine(shop.business_id, delivery_id, merchant_call.sign(rolled, "a", BODY), BODY)


def test_what_has_no_system_and_what_is_not_there_is_never_genuine(shop: Shop) -> None:
    sell_keys(shop, "A-1")
    signed = merchant_call.sign(merchant_call.new_secret(), "a", BODY)

    for delivery_id in (delivery_of(shop, shop.paid_order()).id, new_id()):
        assert not is_genuine(shop.business_id, delivery_id, signed, BODY)
