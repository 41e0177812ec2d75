"""What the system pays back by itself is owed: no rule holds it, and none is asked."""

from __future__ import annotations

import pytest

from app.core.ids import new_id, show
from app.workflow.subscriptions.refund_cancelled import refund_cancelled
from tests.factories.deliveries import refund_ends, try_now
from tests.factories.merchant import MerchantSystem, sell_through
from tests.factories.people import make_user
from tests.factories.risk import decisions, make_rule_set, refund_rule
from tests.factories.shop import Shop


@pytest.mark.parametrize("result", ["approval", "block"])
def test_what_could_not_be_delivered_is_paid_back(shop: Shop, system: MerchantSystem, result: str) -> None:
    make_rule_set(shop, refund_rule(result), to="on")
    sell_through(shop, system)
    system.answers = [(410, {})]
    order_id = shop.paid_order()

    try_now(shop, order_id)
    refund_ends(shop, order_id)

    assert (shop.order(order_id).status, decisions(shop)) == ("refunded", [])
    shop.audit()


@pytest.mark.parametrize("result", ["approval", "block"])
def test_what_was_paid_twice_is_paid_back(shop: Shop, result: str) -> None:
    make_rule_set(shop, refund_rule(result), to="on")
    order_id = shop.place()
    late = shop.pay(order_id)
    shop.notice(late, event="payment.failed", status="failed", decline_code="declined")
    attempt_id = shop.pay(order_id)
    for each in (attempt_id, late):
        shop.approve(each)
        shop.notice(each)
    shop.work_off()

    assert ([row.amount_minor for row in shop.refunds(order_id)], decisions(shop)) == ([1_000], [])
    shop.audit()


@pytest.mark.parametrize("result", ["approval", "block"])
def test_a_cancelled_contract_asks_and_goes_on(shop: Shop, result: str) -> None:
    """Whoever cancels is a person: what rules stop is not refunded, and the event is done with."""
    order_id = shop.paid_order()
    make_rule_set(shop, refund_rule(result), to="on")
    actor = show("usr", make_user(shop.business_id).user_id)
    contract_id = new_id()

    for _ in range(2):
        refund_cancelled(shop.business_id, contract_id, order_id, amount_minor=300, actor=actor)

    assert ([row.result for row in decisions(shop)], shop.refunds(order_id)) == ([result], [])
    shop.audit()
