"""Several currencies side by side: no decimals (JPY), two (CNY), three (KWD); never one order in two of them."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import func, select

from app.core.errors import Invalid
from app.domain.ledger.models import LedgerAccount, LedgerEntry
from app.domain.orders.models import Order
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.read.catalog import products
from app.read.checkout import checkouts
from app.read.insights import metrics
from app.read.periods import period_of
from app.workflow.catalog import manage_catalog
from app.workflow.catalog.manage_catalog import SkuCommand
from app.workflow.checkout import open_checkout
from app.workflow.checkout.open_checkout import LineChange
from app.workflow.insights import count_metrics
from app.workflow.orders import place_order
from tests.factories.shop import Shop

PRICES = {"JPY": 1250, "CNY": 9990, "KWD": 3755}


@pytest.fixture
def skus(shop: Shop) -> dict[str, uuid.UUID]:
    """A SKU of the shop's product in each currency."""
    return {
        currency: manage_catalog.add_sku(
            shop.business_id,
            shop.product_id,
            SkuCommand(code=currency, name=f"In {currency}", price_minor=minor, currency=currency),
        )
        for currency, minor in PRICES.items()
    }


def test_each_currency_is_paid_refunded_and_posted_by_itself(shop: Shop, skus: dict[str, uuid.UUID]) -> None:
    orders = {currency: _paid(shop, sku_id, quantity=3) for currency, sku_id in skus.items()}
    for currency, order_id in orders.items():
        shop.refund(order_id, PRICES[currency])
        shop.work_off()

    assert {row.currency: (row.paid_minor, row.refunded_minor) for row in shop.many(select(Order.__table__))} == {
        currency: (3 * minor, minor) for currency, minor in PRICES.items()
    }
    assert _posted(shop, "merchant_payable") == {currency: -2 * minor for currency, minor in PRICES.items()}
    count_metrics.count(shop.business_id)
    found = metrics.metrics(shop.business_id, period_of("today", "UTC")).by_currency
    assert {currency: (now.sales.minor, now.refunds.minor) for currency, (now, _) in found.items()} == {
        currency: (3 * minor, minor) for currency, minor in PRICES.items()
    }


def test_wallets_of_several_currencies_do_not_mix(shop: Shop, skus: dict[str, uuid.UUID]) -> None:
    shop.keep_wallets()
    shop.fund("ann", 1_000_000, "KWD")
    paid = shop.place(buyer="ann", sku_id=skus["KWD"])
    shop.pay(paid, channel="wallet")
    shop.work_off()

    with pytest.raises(Invalid) as refused:
        _order(shop, skus["JPY"], skus["KWD"])

    assert shop.order(paid).status == "fulfilled"
    assert _posted(shop, "wallet") == {"KWD": -(1_000_000 - PRICES["KWD"])}
    assert refused.value.code == "mixed_currencies"
    assert "JPY and KWD" in refused.value.message


def test_a_checkout_stays_in_its_currency(shop: Shop, skus: dict[str, uuid.UUID]) -> None:
    session_id = open_checkout.open_checkout(
        shop.business_id, items=[OrderItem(skus["KWD"], 2)], buyer=Buyer(reference="b")
    ).session_id
    seen = checkouts.snapshot(shop.business_id, session_id)

    with pytest.raises(Invalid, match="wrong_currency"):
        open_checkout.change_checkout(shop.business_id, session_id, lines=[LineChange(key=None, sku_id=skus["JPY"])])

    assert (seen["total_minor"], seen["currency"], seen["currency_exponent"]) == (2 * PRICES["KWD"], "KWD", 3)
    assert [sku["name"] for sku in seen["skus"]] == ["In KWD"]
    prices = products.product_card(shop.business_id, shop.product_id).prices
    assert [price for price in prices if price[0] != "USD"] == [
        (each, PRICES[each], PRICES[each]) for each in sorted(PRICES)
    ]


def _paid(shop: Shop, sku_id: uuid.UUID, *, quantity: int) -> uuid.UUID:
    order_id = shop.place(quantity, sku_id=sku_id)
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    return order_id


def _order(shop: Shop, *sku_ids: uuid.UUID) -> uuid.UUID:
    command = PlaceOrderCommand(items=[OrderItem(sku_id, 1) for sku_id in sku_ids], buyer=Buyer(reference="ann"))
    return place_order.place_order(shop.business_id, command)


def _posted(shop: Shop, kind: str) -> dict[str, int]:
    """Posted minor units per currency on the accounts of a kind; + is debit."""
    entries, accounts = LedgerEntry.__table__, LedgerAccount.__table__
    query = (
        select(entries.c.currency, func.sum(entries.c.amount_minor).label("minor"))
        .join(accounts, (accounts.c.business_id == entries.c.business_id) & (accounts.c.id == entries.c.account_id))
        .where(accounts.c.kind == kind, entries.c.layer == "posted")
        .group_by(entries.c.currency)
    )
    return {row.currency: int(row.minor) for row in shop.many(query)}
