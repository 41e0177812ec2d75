"""The process is stopped dead while wallet money is handed over or taken back: it is there once, or not at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domain.ledger.service import Balance
from app.workflow.wallets import move_money
from tests.factories.merchant import sell
from tests.factories.shop import Shop


@pytest.fixture
def seller(shop: Shop) -> Shop:
    """A shop that sells wallet money."""
    shop.keep_wallets()
    sell(shop, "credit")
    return shop


@pytest.mark.parametrize("point", ["outbox.together.after"])
def test_handing_credit_over(
    seller: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str
) -> None:
    order_id = seller.place(2)
    attempt_id = seller.pay(order_id)
    seller.approve(attempt_id)
    seller.notice(attempt_id)

    dies(seller, "drain", None, at=point)

    carry_on(seller)
    assert seller.order(order_id).status == "fulfilled"
    assert _wallet(seller) == Balance(2000, 0)


@pytest.mark.parametrize("point", ["fulfil_order.take_back.before_commit"])
def test_taking_credit_back(seller: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str) -> None:
    order_id = seller.paid_order(2)
    seller.refund(order_id)

    dies(seller, "drain", None, at=point)

    carry_on(seller)
    assert seller.order(order_id).status == "refunded"
    assert _wallet(seller) == Balance(0, 0)
    assert seller.balance("merchant_payable") == seller.balance("channel_clearing") == 0


def _wallet(shop: Shop) -> Balance:
    return move_money.wallet(shop.business_id, buyer="buyer-1", currency="USD")
