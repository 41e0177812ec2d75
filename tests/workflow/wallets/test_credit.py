"""Wallet money and points that are bought: given once, spent, and taken back as far as they are still there."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import Conflict, Invalid
from app.core.money import Money
from app.domain.fulfilment.errors import InsufficientPoints
from app.domain.fulfilment.models import Grant, PointsAccount, PointsEntry
from app.domain.payments.errors import NoChannel
from app.domain.reconciliation.models import Case
from app.read.wallets import wallets
from app.workflow.catalog.set_deliverable import set_deliverable
from app.workflow.fulfilment import change_points
from app.workflow.wallets import hold_funds, move_money
from tests.factories.merchant import delivery_of, sell
from tests.factories.shop import Shop


def sell_credit(shop: Shop, **deliverable: Any) -> None:
    """The shop sells wallet money for 10.00."""
    shop.keep_wallets()
    sell(shop, "credit")
    set_deliverable(shop.business_id, shop.sku_id, deliverable)


def sell_points(shop: Shop, points: int = 100, **deliverable: Any) -> None:
    """The shop sells so many points for 10.00."""
    sell(shop, "points")
    set_deliverable(shop.business_id, shop.sku_id, {"points": points, **deliverable})


def has(shop: Shop, buyer: str = "buyer-1") -> int:
    return move_money.wallet(shop.business_id, buyer=buyer, currency="USD").available


def spend(shop: Shop, minor: int) -> None:
    move_money.transfer(
        shop.business_id, payer="buyer-1", recipient="somebody", money=Money(minor, "USD"), actor="test"
    )


def refund(shop: Shop, order_id: Any) -> None:
    shop.refund(order_id)
    shop.work_off()
    [transaction] = shop.refunds(order_id)
    shop.poll(shop.refund_attempt(transaction.id).id)
    shop.work_off()
    assert shop.order(order_id).status == "refunded"


def points_of(shop: Shop) -> tuple[int, int]:
    found = shop.one(select(PointsAccount.balance, PointsAccount.owed))
    return found.balance, found.owed


def cases(shop: Shop) -> list[tuple[str, dict[str, Any]]]:
    return [(row.kind, row.details) for row in shop.many(select(Case.kind, Case.details))]


def test_credit_is_in_the_wallet_and_the_merchant_pays_for_it(shop: Shop) -> None:
    sell_credit(shop, credit_minor=1200, currency="USD")

    order_id = shop.paid_order(2)

    assert shop.order(order_id).status == "fulfilled"
    assert has(shop) == 2400
    assert (shop.balance("merchant_payable"), shop.balance("channel_clearing")) == (400, 2000)


def test_credit_that_says_nothing_is_worth_what_it_costs(shop: Shop) -> None:
    sell_credit(shop)

    shop.paid_order(3)

    assert (has(shop), shop.balance("merchant_payable")) == (3000, 0)


def test_a_refund_takes_all_of_it_back(shop: Shop) -> None:
    sell_credit(shop, credit_minor=1200, currency="USD")
    order_id = shop.paid_order()

    refund(shop, order_id)

    assert (has(shop), shop.balance("merchant_payable"), shop.balance("channel_clearing")) == (0, 0, 0)
    assert delivery_of(shop, order_id).status == "revoked"
    assert cases(shop) == []


def test_what_was_spent_is_put_before_people(shop: Shop) -> None:
    sell_credit(shop)
    order_id = shop.paid_order()
    spend(shop, 700)

    refund(shop, order_id)

    [(kind, details)] = cases(shop)
    assert (kind, details["amount_minor"], details["currency"]) == ("credit_spent", 700, "USD")
    assert (has(shop), shop.balance("merchant_payable")) == (0, 700)
    shop.audit()


def test_what_was_spent_is_owed_where_the_sku_says_so(shop: Shop) -> None:
    sell_credit(shop, when_spent="debt")
    order_id = shop.paid_order()
    spend(shop, 700)
    refund(shop, order_id)
    assert (shop.balance("owed_by_buyer"), shop.balance("claims")) == (700, -700)
    assert wallets.debts_of(shop.business_id, buyer="buyer-1") == (("USD", 700),)

    shop.fund("buyer-1", 500)
    assert (has(shop), shop.balance("owed_by_buyer")) == (0, 200)
    shop.paid_order()

    assert (has(shop), shop.balance("owed_by_buyer"), shop.balance("claims")) == (800, 0, 0)
    assert wallets.debts_of(shop.business_id, buyer="buyer-1") == ()
    assert cases(shop) == []
    # The merchant has all that came in but what the two wallets hold: 5.00 and 10.00, less 7.00 and 8.00.
    assert shop.balance("merchant_payable") == 0
    shop.audit()


def test_what_is_held_is_not_there_to_be_taken(shop: Shop) -> None:
    sell_credit(shop)
    order_id = shop.paid_order()
    hold_funds.place(shop.business_id, buyer="buyer-1", money=Money(400, "USD"), reason="asked", actor="test")

    refund(shop, order_id)

    assert cases(shop)[0][1]["amount_minor"] == 400


def test_credit_is_not_bought_with_credit(shop: Shop) -> None:
    sell_credit(shop, credit_minor=1200, currency="USD")
    shop.fund("buyer-1", 5000)
    order_id = shop.place()

    for way in ({"channel": "wallet"}, {"wallet_minor": 100}):
        with pytest.raises(NoChannel):
            shop.pay(order_id, **way)
    shop.pay(order_id, wallet_minor=None)

    assert has(shop) == 5000


def test_a_shop_without_wallets_sells_no_credit(shop: Shop) -> None:
    with pytest.raises(NoChannel):
        sell(shop, "credit")


def test_points_are_earned_taken_back_and_never_negative(shop: Shop) -> None:
    sell_points(shop)
    order_id = shop.paid_order(2)
    assert points_of(shop) == (200, 0)
    change_points.change_points(shop.business_id, buyer="buyer-1", change=-150, reason="a mug", actor="test")
    with pytest.raises(InsufficientPoints):
        change_points.change_points(shop.business_id, buyer="buyer-1", change=-51, reason="a cup", actor="test")

    refund(shop, order_id)

    assert points_of(shop) == (0, 0)
    [(kind, details)] = cases(shop)
    assert (kind, details["points"]) == ("points_spent", 150)
    lines = shop.many(select(PointsEntry.kind, PointsEntry.change, PointsEntry.balance).order_by(PointsEntry.id))
    assert [tuple(line) for line in lines] == [("earned", 200, 200), ("spent", -150, 50), ("clawed_back", -50, 0)]
    shop.audit()


def test_points_owed_are_collected_from_the_next(shop: Shop) -> None:
    sell_points(shop, when_spent="debt")
    order_id = shop.paid_order()
    change_points.change_points(shop.business_id, buyer="buyer-1", change=-60, reason="a mug", actor="test")
    refund(shop, order_id)
    assert points_of(shop) == (0, 60)

    shop.paid_order()

    assert points_of(shop) == (40, 0)
    shop.audit()


def test_a_change_of_points_happens_once(shop: Shop) -> None:
    first = change_points.change_points(shop.business_id, buyer="ann", change=5, reason="hello", actor="test")

    change_points.change_points(shop.business_id, buyer="ann", change=5, reason="hello", actor="test", entry_id=first)

    assert points_of(shop) == (5, 0)
    with pytest.raises(Invalid):
        change_points.change_points(shop.business_id, buyer="ann", change=0, reason="hello", actor="test")


def test_orders_keep_the_goods_they_were_placed_with(shop: Shop) -> None:
    sell_points(shop, 100)
    order_id = shop.place()
    set_deliverable(shop.business_id, shop.sku_id, {"points": 1})
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()

    assert [row.granted for row in shop.many(select(Grant.granted))] == [100]


def test_points_without_a_number_cannot_be_bought(shop: Shop) -> None:
    sell(shop, "points")

    with pytest.raises(Conflict, match="not on sale"):
        shop.place()


@pytest.mark.parametrize(
    ("kind", "deliverable"),
    [
        ("points", {"points": 0}),
        ("points", {"points": True}),
        ("points", {"credit_minor": 5}),
        ("points", {"points": 5, "when_spent": "never"}),
        ("entitlement", {"points": 5}),
    ],
)
def test_what_goods_cannot_be_is_refused(shop: Shop, kind: str, deliverable: dict[str, Any]) -> None:
    sell(shop, kind)

    with pytest.raises(Invalid):
        set_deliverable(shop.business_id, shop.sku_id, deliverable)


def test_debts_are_nobodys_but_the_buyers(shop: Shop) -> None:
    sell_credit(shop, when_spent="debt")
    order_id = shop.paid_order()
    spend(shop, 1000)
    refund(shop, order_id)

    shop.paid_order(buyer="buyer-2")

    assert has(shop, "buyer-2") == 1000
    assert shop.balance("owed_by_buyer") == 1000
