"""Coupons that come by themselves, batches and their export, and the end of a coupon's time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.core import clock as time
from app.core.ids import new_id
from app.domain.marketing.codes import email_key, normal, shown
from app.domain.marketing.models import Coupon
from app.domain.marketing.types import IssueRule
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.read.marketing import coupons as read
from app.workflow.marketing import issue_coupons, make_coupon_batch
from app.workflow.marketing.expire_coupons import expire_due
from app.workflow.marketing.issue_by_rule import issue_for_order
from app.workflow.orders import place_order
from tests.factories.coupons import active_template
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

    issued = [(by_id.get(row.template_id, "few"), row.buyer_reference, row.source) for row in _coupons(shop)]
    assert sorted(issued) == [
        ("big", "ann", "payment"),
        ("few", "ann", "payment"),
        ("first", "ann", "first_order"),
        ("members", "ann", "segment"),
    ]
    assert read.usage_of(shop.business_id, few).by_status == {"issued": 1}


def test_an_issued_coupon_ends_after_its_days(shop: Shop, clock: Any) -> None:
    template_id = active_template(shop.business_id, valid_days=2, ends_at=time.now() + timedelta(days=30))
    coupon_id = issue_coupons.issue_coupon(shop.business_id, template_id, buyer=Buyer(reference="ann"), actor="test")

    clock.move(2 * 86_400 - 100)
    expire_due()
    before = _coupons(shop)[0].status
    clock.move(200)
    expire_due()

    assert (before, _coupons(shop)[0].status, _coupons(shop)[0].id) == ("issued", "expired", coupon_id)


def test_an_interrupted_batch_is_resumed_and_exported(shop: Shop, monkeypatch: Any) -> None:
    template_id = active_template(shop.business_id)
    monkeypatch.setattr(make_coupon_batch, "CHUNK", 3)
    monkeypatch.setattr(make_coupon_batch, "finish_batch", lambda *_: None)
    batch_id = new_id()
    body: Any = {"quantity": 7, "note": "fair", "actor": "test", "batch_id": batch_id}
    make_coupon_batch.make_batch(shop.business_id, template_id, **body)
    monkeypatch.undo()

    make_coupon_batch.make_batch(shop.business_id, template_id, **body)
    lines = list(read.codes_of(shop.business_id, batch_id))

    assert read.get_batch(shop.business_id, batch_id).made == 7
    assert {(name, status, ends) for _, name, status, ends in lines} == {("Coupon", "issued", "")}
    assert {normal(code) for code, *_ in lines} == {row.code for row in _coupons(shop)}


def test_codes_are_read_as_people_type_them() -> None:
    assert normal(" o1i-l abc\u2013Z ") == "0111ABCZ"
    assert shown("7K2M9XQ4B1TZ") == "7K2M-9XQ4-B1TZ"


def test_aliases_of_a_mailbox_are_one_buyer() -> None:
    same = [
        ("Ann.Lee@gmail.com", "annlee+shop@googlemail.com", True),
        ("ann@example.com", "ANN+x@example.com", True),
        ("ann.lee@example.com", "annlee@example.com", False),
        ("ann@example.com", "bob@example.com", False),
    ]
    assert [email_key(one) == email_key(other) for one, other, _ in same] == [want for *_, want in same]
    assert email_key("nobody") is email_key(None) is None


def _buy(shop: Shop, quantity: int, groups: tuple[str, ...] = ()) -> Any:
    command = PlaceOrderCommand(items=[OrderItem(shop.sku_id, quantity)], buyer=Buyer(reference="ann", groups=groups))
    order_id = place_order.place_order(shop.business_id, command)
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    return order_id


def _coupons(shop: Shop) -> list[Any]:
    return list(shop.many(select(Coupon.__table__).order_by(Coupon.id)))
