"""Coupons that come by themselves."""

from __future__ import annotations

from typing import Any

from app.domain.marketing.types import IssueRule
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.read.marketing import coupons as read
from app.workflow.marketing.issue_by_rule import issue_for_order
from app.workflow.orders import place_order
from tests.factories.coupons import active_template, coupons_of
from tests.factories.shop import Shop


def test_paid_orders_issue_coupons_by_rule_and_once(shop: Shop) -> None:
    rules = {
        "first": IssueRule(on="first_order"),
        "big": IssueRule(on="payment", minimum_minor=2000),
        "members": IssueRule(on="segment", groups=frozenset({"members"})),
    }
    by_id = {active_template(shop.business_id, currency="USD", issue=rule): name for name, rule in rules.items()}
    few = active_template(shop.business_id, issue=IssueRule(on="payment"), max_issued=1)

    small, big, member = _buy(shop, 1), _buy(shop, 2), _buy(shop, 1, groups=("members",))
    for order_id in (small, big, member):
        issue_for_order(shop.business_id, order_id)

    issued = [(by_id.get(row.template_id, "few"), row.buyer_reference, row.source) for row in coupons_of(shop)]
    assert sorted(issued) == [
        ("big", "ann", "payment"),
        ("few", "ann", "payment"),
        ("first", "ann", "first_order"),
        ("members", "ann", "segment"),
    ]
    assert read.usage_of(shop.business_id, few).by_status == {"issued": 1}


def _buy(shop: Shop, quantity: int, groups: tuple[str, ...] = ()) -> Any:
    command = PlaceOrderCommand(items=[OrderItem(shop.sku_id, quantity)], buyer=Buyer(reference="ann", groups=groups))
    order_id = place_order.place_order(shop.business_id, command)
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    return order_id
