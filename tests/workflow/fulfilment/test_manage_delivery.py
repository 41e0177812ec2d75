"""Pools of licence keys, and the merchant's system that is called."""

from __future__ import annotations

import pytest

from app.core.errors import Conflict, Invalid
from app.core.security import crypto
from app.workflow.fulfilment import manage_delivery
from tests.factories.deliveries import add_keys, keys, sell_keys, try_now
from tests.factories.merchant import MerchantSystem, sell, sell_through
from tests.factories.shop import Shop


def test_a_key_comes_into_the_pool_once_and_is_sealed_there(shop: Shop) -> None:
    sell_keys(shop)

    assert add_keys(shop, "K-1", " K-1 ", "", "K-2") == manage_delivery.Added(2, 0)
    assert add_keys(shop, "K-2", "K-3") == manage_delivery.Added(1, 1)

    assert not [key for key in keys(shop, "free") if crypto.key_of(key.ciphertext) is None]
    with pytest.raises(Invalid):
        add_keys(shop, " ")


def test_orders_that_wait_for_keys_get_them_when_there_are_some(shop: Shop) -> None:
    sell_keys(shop, "A-1")
    order_id = shop.place()
    [key] = keys(shop, "free")
    with pytest.raises(Conflict, match="reserve all remaining keys"):
        manage_delivery.revoke_licence_key(shop.business_id, key.id, actor="test")
    add_keys(shop, "A-2", "A-3")
    for each in keys(shop, "free")[:2]:
        manage_delivery.revoke_licence_key(shop.business_id, each.id, actor="test")
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()

    assert shop.order(order_id).status == "fulfilled"


def test_calls_are_signed_with_the_secret_that_was_made_last(shop: Shop, system: MerchantSystem) -> None:
    sell_through(shop, system)
    before = system.secret
    order_id = shop.paid_order()
    system.secret = manage_delivery.roll_callback_secret(shop.business_id, shop.product_id)

    try_now(shop, order_id)

    assert system.secret != before
    assert shop.order(order_id).status == "fulfilled"


@pytest.mark.parametrize("url", ["ftp://example.com/x", "http://user:pw@example.com/", "https:///nowhere", "nonsense"])
def test_an_address_that_cannot_be_called_is_refused(shop: Shop, url: str) -> None:
    sell(shop, "callback")

    with pytest.raises(Invalid):
        manage_delivery.set_callback(shop.business_id, shop.product_id, url)
