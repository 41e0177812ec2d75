"""Coupon templates: made once, turned on and off, and single coupons taken back."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.db.models import OutboxEvent
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.core.states import IllegalTransition
from app.domain.marketing.errors import BadRule
from app.domain.marketing.kinds import Percentage, Scope
from app.domain.marketing.models import Coupon, CouponTemplate
from app.domain.marketing.types import CouponPlan, DiscountRule
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.workflow.marketing import manage_coupons
from app.workflow.marketing.issue_coupons import issue_coupon
from app.workflow.orders.place_order import place_order
from tests.factories.coupons import active_template, coupons_of, make_template
from tests.factories.shop import Shop


def test_a_template_is_a_draft_as_it_was_planned_and_the_same_id_makes_no_other(shop: Shop) -> None:
    plan = _plan("Ten  off", max_issued=3, identify_by=frozenset({"email"}))

    made = manage_coupons.create_template(shop.business_id, plan, actor="test")
    other = replace(plan, rule=replace(plan.rule, name="Other"), max_issued=9)
    again = manage_coupons.create_template(shop.business_id, other, actor="test")

    [row] = _templates(shop)
    assert made == again == row.id == plan.rule.id
    assert (row.name, row.status, row.code, row.max_issued) == ("Ten off", "draft", None, 3)
    assert (row.identify_by, row.refund_rule, row.issue_on) == (["email"], plan.refund_rule, "manual")


def test_what_cannot_be_a_template_leaves_none(shop: Shop) -> None:
    past, rule = clock.now() - timedelta(seconds=1), _plan("Coupon").rule
    for changed in ({"name": "  "}, {"name": "x" * 1000}, {"name": "a:b"}, {"ends_at": past}):
        with pytest.raises(BadRule):
            _create(shop, CouponPlan(rule=replace(rule, **changed)))
    with pytest.raises(BadRule):
        _create(shop, CouponPlan(rule=rule, shared_code="?!"))
    with pytest.raises(Invalid):
        _create(shop, CouponPlan(rule=replace(rule, currency="XXQ")))

    assert _templates(shop) == []


def test_a_template_names_items_of_its_own_business(shop: Shop, new_shop: Callable[..., Shop]) -> None:
    rule, other = _plan("Coupon").rule, new_shop()
    for scope in (
        Scope(sku_ids=frozenset({other.sku_id})),
        Scope(product_ids=frozenset({new_id()})),
        Scope(categories=frozenset({"nowhere"})),
    ):
        with pytest.raises(BadRule, match="does not exist") as refused:
            _create(shop, CouponPlan(rule=replace(rule, scope=scope)))
        assert (refused.value.code, refused.value.details) == ("invalid_coupon", {"param": "scope"})
    assert _templates(shop) == []

    made = _create(shop, CouponPlan(rule=replace(rule, scope=Scope(sku_ids=frozenset({shop.sku_id})))))

    assert [row.id for row in _templates(shop)] == [made]


def test_the_last_place_among_active_templates_goes_to_one_of_many_at_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manage_coupons, "MAX_ACTIVE_TEMPLATES", 1)
    drafts = [_create(shop, _plan(f"Coupon {number}")) for number in range(6)]

    def turn_on(template_id: uuid.UUID) -> None:
        with suppress(Conflict):
            manage_coupons.transition_template(shop.business_id, template_id, "active", actor="test")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(turn_on, drafts))

    assert sorted(row.status for row in _templates(shop)) == ["active", *["draft"] * 5]


def test_a_code_is_one_templates_or_one_coupons_until_its_template_ends(shop: Shop) -> None:
    first = make_template(shop.business_id, shared_code="SPRING")
    issue_coupon(shop.business_id, active_template(shop.business_id), buyer=None, actor="test")
    [coupon] = coupons_of(shop)

    for taken in ("spring", "S-P-R-I-N-G", coupon.code.lower()):
        with pytest.raises(Conflict) as refused:
            make_template(shop.business_id, shared_code=taken)
        assert refused.value.code == "coupon_code_taken"
    _move(shop, first, "ended")

    make_template(shop.business_id, shared_code="SPRING")
    assert [row.status for row in _templates(shop) if row.shared_code == "SPRING"] == ["ended", "draft"]


def test_a_code_is_another_businesss_too(shop: Shop, new_shop: Any) -> None:
    for each in (shop, new_shop()):
        make_template(each.business_id, shared_code="SPRING")
        assert len(_templates(each)) == 1


def test_a_template_goes_on_and_off_until_it_has_ended(shop: Shop) -> None:
    template_id = make_template(shop.business_id)
    seen = []
    for to in ("active", "active", "paused", "active", "ended"):
        _move(shop, template_id, to)
        seen.append(_templates(shop)[0].status)

    assert seen == ["active", "active", "paused", "active", "ended"]
    for to in ("active", "paused"):
        with pytest.raises(IllegalTransition):
            _move(shop, template_id, to)
    with pytest.raises(NotFound):
        _move(shop, new_id(), "active")


def test_no_more_than_so_many_templates_are_active(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manage_coupons, "MAX_ACTIVE_TEMPLATES", 2)
    first, _, third = (make_template(shop.business_id) for _ in range(3))
    for row in _templates(shop)[:2]:
        _move(shop, row.id, "active")

    with pytest.raises(Conflict, match="At most 2"):
        _move(shop, third, "active")
    _move(shop, first, "active")  # it is already
    _move(shop, first, "paused")
    _move(shop, third, "active")

    assert [row.status for row in _templates(shop)] == ["paused", "active", "active"]


def test_a_revoked_coupon_is_told_once_and_one_that_an_order_holds_is_not_revoked(shop: Shop) -> None:
    template_id = active_template(shop.business_id)
    lost, held = (issue_coupon(shop.business_id, template_id, buyer=None, actor="test") for _ in range(2))
    code = shop.one(select(Coupon.code).where(Coupon.id == held)).code
    items, buyer = [OrderItem(shop.sku_id, 1)], Buyer(reference="ann")
    place_order(shop.business_id, PlaceOrderCommand(items=items, buyer=buyer, coupon_codes=(code,)))

    for _ in range(2):
        _revoke(shop, lost)
    with pytest.raises(IllegalTransition):
        _revoke(shop, held)
    with pytest.raises(NotFound):
        _revoke(shop, new_id())

    events = OutboxEvent.__table__
    mine = events.c.business_id == shop.business_id, events.c.topic == "coupon.revoked"
    assert {each.id: each.status for each in coupons_of(shop)} == {lost: "revoked", held: "reserved"}
    [event] = shop.many(select(events).where(*mine))
    assert (event.aggregate_id, event.payload["coupon_template_id"]) == (lost, str(template_id))


def _plan(name: str, **more: Any) -> CouponPlan:
    return CouponPlan(rule=DiscountRule(id=new_id(), name=name, benefit=Percentage(off_bps=1000)), **more)


def _create(shop: Shop, plan: CouponPlan) -> uuid.UUID:
    return manage_coupons.create_template(shop.business_id, plan, actor="test")


def _move(shop: Shop, template_id: uuid.UUID, to: str) -> None:
    manage_coupons.transition_template(shop.business_id, template_id, to, actor="test")


def _revoke(shop: Shop, coupon_id: uuid.UUID) -> None:
    manage_coupons.revoke_coupon(shop.business_id, coupon_id, reason="lost", actor="test")


def _templates(shop: Shop) -> list[Any]:
    return list(shop.many(select(CouponTemplate.__table__).order_by(CouponTemplate.id)))


def test_of_several_who_take_a_code_at_once_one_has_it(shop: Shop) -> None:
    def make(_: int) -> str | None:
        try:
            make_template(shop.business_id, shared_code="RUSH")
        except Conflict as refused:
            return refused.code
        return None

    with ThreadPoolExecutor(6) as pool:
        ended = list(pool.map(make, range(6)))

    assert sorted(map(str, ended)) == ["None", *["coupon_code_taken"] * 5]
    assert [row.shared_code for row in _templates(shop)] == ["RUSH"]
