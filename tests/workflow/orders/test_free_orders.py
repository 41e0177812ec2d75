"""Orders that cost nothing: paid at once, by no channel, and without a line in the books."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.errors import AppError
from app.core.ids import new_id, parse
from app.domain.catalog.models import Sku
from app.domain.checkout.agreements.errors import AgreementNeeded
from app.domain.ledger.models import LedgerJournal
from app.domain.marketing.kinds import Percentage
from app.domain.marketing.types import DiscountRule
from app.domain.orders.models import AgreementAcceptance
from app.domain.orders.types import Buyer, OrderItem
from app.domain.payments.errors import NotRefundable
from app.domain.payments.models import PaymentTransaction
from app.read.checkout import checkouts
from app.workflow.catalog import manage_catalog
from app.workflow.checkout import confirm_checkout, open_checkout
from app.workflow.checkout.manage_agreements import publish_agreement
from app.workflow.fulfilment import deliver_line
from app.workflow.marketing import manage_promotions
from app.workflow.orders.close_orders import close_order
from tests.factories.merchant import MerchantSystem, delivery_of, merchant_system, sell_through
from tests.factories.shop import Shop


@pytest.fixture
def free(new_shop: Callable[..., Shop]) -> Shop:
    return new_shop(price_minor=0, stock=2)


def no_money(shop: Shop) -> None:
    moved = [shop.one(select(func.count()).select_from(table))[0] for table in (PaymentTransaction, LedgerJournal)]
    assert moved == [0, 0]
    shop.audit()


def left(shop: Shop) -> tuple[int, int]:
    row = shop.one(select(Sku.stock, Sku.reserved).where(Sku.id == shop.sku_id))
    return row.stock, row.reserved


def session_of(shop: Shop) -> uuid.UUID:
    return open_checkout.open_checkout(
        shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="buyer-1")
    ).session_id


def test_it_is_paid_delivered_and_cannot_be_refunded(free: Shop) -> None:
    order_id = free.place()

    assert free.pay(order_id) is None
    free.work_off()

    assert (free.order(order_id).status, free.order(order_id).paid_minor) == ("fulfilled", 0)
    assert (left(free), len(free.entitlements())) == ((1, 0), 1)
    with pytest.raises(NotRefundable):
        free.refund(order_id)
    with pytest.raises(AppError, match="order_state"):
        free.pay(order_id)
    no_money(free)


def test_a_buyer_confirms_it_with_the_terms_and_twice_is_once(free: Shop) -> None:
    publish_agreement(free.business_id, code="terms", locale="en", title="Terms", body="Be kind.")
    session_id = session_of(free)
    seen = checkouts.snapshot(free.business_id, session_id)
    [terms] = seen["agreements"]

    def confirm(agreements: list[Any]) -> uuid.UUID:
        return confirm_checkout.confirm_checkout(
            free.business_id, session_id, channel=None, agreements=agreements, seen_minor=0
        )

    with pytest.raises(AgreementNeeded):
        confirm([])
    accepted = [(parse("agr", terms["id"]), terms["hash"])]
    orders = {confirm(accepted) for _ in range(2)}
    free.work_off()
    after = checkouts.snapshot(free.business_id, session_id)

    assert (seen["total_minor"], seen["payment_methods"], seen["status"]) == (0, [], "ready")
    assert len(orders) == 1
    assert (after["status"], after["delivered"], after["total_minor"]) == ("succeeded", True, 0)
    assert len(free.many(select(AgreementAcceptance.id))) == 1
    no_money(free)


def test_a_promotion_can_make_an_order_free(new_shop: Callable[..., Shop]) -> None:
    shop = new_shop(price_minor=1000)
    rule = DiscountRule(id=new_id(), name="Gift", benefit=Percentage(off_bps=10_000))
    manage_promotions.create_promotion(shop.business_id, rule, actor="test")
    manage_promotions.transition_promotion(shop.business_id, rule.id, "active", actor="test")
    order_id = shop.place()

    shop.pay(order_id)
    shop.work_off()

    assert (shop.order(order_id).status, shop.order(order_id).total_minor) == ("fulfilled", 0)
    no_money(shop)


def test_it_can_be_closed_before_and_not_after(free: Shop) -> None:
    closed, paid = free.place(), free.place()
    free.pay(paid)

    assert close_order(free.business_id, closed, reason="cancelled", actor="test") == "closed"
    with pytest.raises(AppError, match="order_state"):
        close_order(free.business_id, paid, reason="cancelled", actor="test")
    with pytest.raises(AppError, match="order_state"):
        free.pay(closed)
    assert left(free) == (1, 0)
    free.work_off()
    no_money(free)


def test_what_cannot_be_delivered_ends_and_goes_back_to_the_shelf(shop: Shop) -> None:
    with merchant_system() as system:
        order_id = unwanted(shop, system)
        shop.work_off()

    assert shop.order(order_id).status == "refunded"
    assert left(shop) == (1, 0)
    no_money(shop)


def unwanted(shop: Shop, system: MerchantSystem) -> uuid.UUID:
    """A free order whose delivery the merchant's system has just refused."""
    sell_through(shop, system)
    sku = manage_catalog.SkuCommand(code="FREE", name="Free", price_minor=0, currency="USD", stock=1)
    shop.sku_id = manage_catalog.add_sku(shop.business_id, shop.product_id, sku)
    order_id = shop.place()
    shop.pay(order_id)
    shop.work_off()
    system.answers.append((422, {"error": "no"}))
    deliver_line.try_again(shop.business_id, delivery_of(shop, order_id).id, force=True)
    return order_id
