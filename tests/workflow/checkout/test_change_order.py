"""A buyer changes an order whose payment failed: it closes, releases what it reserved, and another takes its place."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select

from app.core.db.models import OutboxEvent
from app.core.errors import AppError
from app.core.ids import parse, show
from app.domain.catalog.models import Sku
from app.domain.ledger.service import Balance
from app.domain.marketing.models import CouponTemplate, CouponUse
from app.domain.marketing.types import DiscountLimits
from app.domain.orders.types import Buyer, OrderItem, SessionTerms
from app.domain.payments.models import PaymentAttempt
from app.domain.payments.types import WalletPortion
from app.domain.reconciliation.models import Case
from app.read.checkout import checkouts
from app.read.checkout.evidence import order_agreements
from app.read.orders.order_page import order_page
from app.read.orders.timeline import timeline
from app.workflow.catalog import manage_catalog
from app.workflow.catalog.manage_catalog import ProductCommand, SkuCommand
from app.workflow.checkout import (
    change_order,
    confirm_checkout,
    manage_agreements,
    open_checkout,
    use_coupons,
)
from app.workflow.checkout.open_checkout import LineChange
from app.workflow.orders.choose_split import choose_split
from app.workflow.orders.close_orders import close_order
from app.workflow.wallets import move_money
from tests.factories.coupons import active_template
from tests.factories.seats import keep_seats
from tests.factories.sellers import make_seller
from tests.factories.shop import Shop


class Visit:
    """One buyer at one session."""

    def __init__(self, shop: Shop, *items: OrderItem, **more: Any) -> None:
        self.shop = shop
        buyer = Buyer(reference="buyer-1", signed_in=True)
        opened = open_checkout.open_checkout(
            shop.business_id, items=items or [OrderItem(shop.sku_id, 2)], buyer=buyer, **more
        )
        self.session_id = opened.session_id

    @property
    def snapshot(self) -> dict[str, Any]:
        return checkouts.snapshot(self.shop.business_id, self.session_id)

    def confirm(self, **more: Any) -> uuid.UUID:
        agreements = [(agreement_id, text_hash) for agreement_id, text_hash in more.pop("agreements", [])]
        body = {"channel": "simulator", "agreements": agreements, **more}
        return confirm_checkout.confirm_checkout(self.shop.business_id, self.session_id, **body)

    def declined(self, **more: Any) -> uuid.UUID:
        """Pay in vain; the order's id."""
        order_id = self.confirm(**more)
        self.shop.decline(self.attempt(order_id))
        self.shop.poll(self.attempt(order_id))
        assert self.snapshot["status"] == "failed"
        return order_id

    def attempt(self, order_id: uuid.UUID) -> uuid.UUID:
        """The order's last attempt."""
        with_it = select(PaymentAttempt.id).order_by(PaymentAttempt.id.desc())
        found: uuid.UUID = self.shop.one(with_it).id
        assert order_id
        return found

    def change(self, order_id: uuid.UUID) -> None:
        change_order.change_order(self.shop.business_id, self.session_id, order_id=order_id, actor="buyer")

    def choose(self, quantity: int, key: str | None = None) -> None:
        change = LineChange(key=key, quantity=quantity)
        open_checkout.change_checkout(self.shop.business_id, self.session_id, lines=[change])

    def paid(self, order_id: uuid.UUID) -> None:
        attempt_id = self.attempt(order_id)
        self.shop.approve(attempt_id)
        self.shop.notice(attempt_id)
        self.shop.work_off()


def reserved(shop: Shop) -> int:
    return int(shop.one(select(Sku.reserved).where(Sku.id == shop.sku_id)).reserved)


def test_after_a_decline_another_quantity_is_ordered_and_paid(new_shop: Callable[..., Shop]) -> None:
    shop = new_shop(stock=3)
    visit = Visit(shop)
    first = visit.declined()
    before = visit.snapshot
    assert before["order_changeable"]

    visit.change(first)
    between, free = visit.snapshot, reserved(shop)
    visit.choose(3)
    second = visit.confirm(seen_version=visit.snapshot["version"])
    visit.paid(second)

    assert (between["status"], between["order_id"], between["error"]) == ("ready", None, None)
    assert (between["lines"][0]["quantity"], between["lines"][0]["quantity_max"], free) == (2, 50, 0)
    assert (shop.order(first).status, shop.order(first).close_reason) == ("closed", "changed_by_buyer")
    assert (shop.order(second).status, shop.order(second).total_minor) == ("fulfilled", 3000)
    assert (visit.snapshot["status"], visit.snapshot["order_id"]) == ("succeeded", show("ord", second))
    shop.audit()


def test_no_snapshot_is_older_than_one_before(shop: Shop) -> None:
    visit = Visit(shop)
    versions = [visit.snapshot["version"]]
    for attempts in (1, 2, 1):
        for _ in range(attempts):
            order_id = visit.confirm()
            versions.append(visit.snapshot["version"])
            shop.decline(visit.attempt(order_id))
            shop.poll(visit.attempt(order_id))
            versions.append(visit.snapshot["version"])
        visit.change(order_id)
        versions.append(visit.snapshot["version"])

    assert versions == sorted(set(versions))


def test_a_second_click_does_nothing_more_and_a_late_one_leaves_the_new_order_alone(shop: Shop) -> None:
    visit = Visit(shop)
    first = visit.declined()

    visit.change(first)
    after = visit.snapshot["version"]
    visit.change(first)
    again = visit.snapshot["version"]
    second = visit.declined()
    with pytest.raises(AppError) as refused:
        visit.change(first)

    assert (again, refused.value.code) == (after, "session_changed")
    assert shop.order(second).status == "created"
    assert visit.snapshot["status"] == "failed"


@pytest.mark.parametrize("status", ["pending", "unknown"])
def test_nothing_is_changed_while_a_payment_may_still_be_made(shop: Shop, status: str) -> None:
    visit = Visit(shop)
    if status == "unknown":
        shop.script("create", "http_500", times=1)
    order_id = visit.confirm()
    before = visit.snapshot
    assert shop.attempt(visit.attempt(order_id)).status == status

    with pytest.raises(AppError) as refused:
        visit.change(order_id)

    assert refused.value.code == "payment_in_progress"
    assert not before["order_changeable"]
    assert visit.snapshot | {"now": ""} == before | {"now": ""}
    shop.audit()


def test_what_was_paid_is_not_changed(shop: Shop) -> None:
    visit = Visit(shop)
    order_id = visit.confirm()
    visit.paid(order_id)

    with pytest.raises(AppError) as refused:
        visit.change(order_id)

    assert refused.value.code == "session_closed"
    assert shop.order(order_id).status == "fulfilled"


@pytest.mark.parametrize("is_ordered_anew", [False, True])
def test_money_that_comes_after_all_goes_back(shop: Shop, is_ordered_anew: bool) -> None:
    visit = Visit(shop)
    first = visit.confirm()
    late = visit.attempt(first)
    shop.notice(late, event="payment.failed", status="failed", decline_code="declined")
    visit.change(first)
    if is_ordered_anew:
        visit.paid(visit.confirm())

    shop.approve(late)
    shop.notice(late)
    shop.work_off()

    assert shop.order(first).status == "closed"
    [back] = shop.refunds(first)
    assert (back.amount_minor, back.status) == (2000, "succeeded")
    kinds = [row.kind for row in shop.many(select(Case.kind))]
    assert kinds == ["late_payment"]
    assert visit.snapshot["status"] == ("succeeded" if is_ordered_anew else "ready")
    shop.audit()


def test_the_wallet_s_part_is_free_again(shop: Shop) -> None:
    shop.keep_wallets()
    shop.fund("buyer-1", 400)
    visit = Visit(shop)
    first = visit.declined(from_wallet=WalletPortion.of(minor=400, as_much_as_there_is=False))

    visit.change(first)
    between = visit.snapshot["wallet"]
    visit.choose(1)
    second = visit.confirm(from_wallet=WalletPortion.of(minor=400, as_much_as_there_is=False))
    visit.paid(second)

    assert between == {"available_minor": 400, "used_minor": 0}
    assert move_money.wallet(shop.business_id, buyer="buyer-1", currency="USD") == Balance(0, 0)
    assert (shop.order(second).status, shop.order(second).paid_minor) == ("fulfilled", 1000)
    shop.audit()


def test_a_coupon_with_one_use_left_can_be_used_again(shop: Shop) -> None:
    template_id = active_template(shop.business_id, shared_code="ONCE", listed=True, limits=DiscountLimits(max_uses=1))
    visit = Visit(shop)
    use_coupons.use_best(shop.business_id, visit.session_id)
    first = visit.declined()
    assert not visit.snapshot["coupons_open"]

    visit.change(first)
    between = visit.snapshot
    visit.choose(1)
    second = visit.confirm()

    assert (between["total_minor"], between["coupons_open"]) == (1800, True)
    assert shop.order(second).total_minor == 900
    template = shop.one(select(CouponTemplate.__table__).where(CouponTemplate.id == template_id))
    assert template.uses == 1
    uses = shop.many(select(CouponUse.order_id, CouponUse.released).order_by(CouponUse.id))
    assert {(row.order_id, row.released) for row in uses} == {(first, True), (second, False)}


def test_a_cart_that_was_split_loses_a_line(shop: Shop) -> None:
    choose_split(shop.business_id, "seller")
    command = ProductCommand(name="Font", seller=make_seller(shop.business_id, "Foundry"))
    product_id = manage_catalog.create_product(shop.business_id, command, actor="test")
    other = manage_catalog.add_sku(
        shop.business_id, product_id, SkuCommand(code="FONT", name="", price_minor=500, currency="USD")
    )
    manage_catalog.publish_product(shop.business_id, product_id, actor="test")
    visit = Visit(shop, OrderItem(shop.sku_id, 1), OrderItem(other, 2))
    first = visit.declined()

    visit.change(first)
    visit.choose(0, key="1")
    second = visit.confirm()
    visit.paid(second)

    assert shop.order(first).total_minor == 2000
    assert (shop.order(second).status, shop.order(second).total_minor) == ("fulfilled", 1000)
    shop.audit()


def test_the_terms_are_accepted_with_each_order(shop: Shop) -> None:
    manage_agreements.publish_agreement(shop.business_id, code="terms", locale="en", title="Terms", body="Be kind.")
    visit = Visit(shop)

    def accepted() -> list[Any]:
        return [(parse("agr", each["id"]), each["hash"]) for each in visit.snapshot["agreements"]]

    seen = accepted()
    first = visit.declined(agreements=seen)
    visit.change(first)
    again = accepted()
    with pytest.raises(AppError) as refused:
        visit.confirm()
    second = visit.confirm(agreements=again)

    assert (again, refused.value.code) == (seen, "agreement_required")
    assert all(order_agreements(shop.business_id, each).accepted for each in (first, second))


def test_seats_at_the_merchant_s_system_are_let_go(shop: Shop) -> None:
    seats = keep_seats(shop, capacity=2)
    visit = Visit(shop)
    first = visit.declined()
    assert seats.free == 0

    visit.change(first)
    shop.work_off()
    visit.choose(1)
    second = visit.confirm()
    visit.paid(second)

    assert (seats.free, shop.order(second).status) == (1, "fulfilled")
    shop.audit()


@pytest.mark.parametrize(
    ("fixed", "changeable"),
    [({"sku_changeable", "quantity_changeable", "coupons_allowed"}, False), ({"quantity_changeable"}, True)],
)
def test_it_is_offered_where_something_can_be_chosen(shop: Shop, fixed: set[str], changeable: bool) -> None:
    visit = Visit(shop, terms=SessionTerms(**dict.fromkeys(fixed, False)))

    visit.declined()

    assert visit.snapshot["order_changeable"] is changeable


def test_what_is_out_of_time_is_not_opened_again(shop: Shop, clock: ModuleType) -> None:
    visit = Visit(shop)
    order_id = visit.declined()
    clock.move(1801)

    with pytest.raises(AppError) as refused:
        visit.change(order_id)
    close_order(shop.business_id, order_id, reason="expired", actor="system")

    assert refused.value.code == "order_expired"
    assert visit.snapshot["status"] == "expired"


def test_the_merchant_sees_why_it_closed(shop: Shop) -> None:
    visit = Visit(shop)
    first = visit.declined()

    visit.change(first)

    closed = next(each for each in timeline(order_page(shop.business_id, first)) if "losed" in each.title)
    [event] = shop.many(select(OutboxEvent.payload).where(OutboxEvent.topic == "order.closed"))
    assert (closed.text, closed.actor) == ("changed by buyer", "buyer")
    assert event.payload == {"order_id": str(first), "reason": "changed_by_buyer"}
    assert shop.order(first).session_id == visit.session_id


def test_whoever_changes_the_order_has_no_tries_more_by_that(shop: Shop) -> None:
    visit = Visit(shop)
    for _ in range(5):
        visit.change(visit.declined())

    with pytest.raises(AppError) as refused:
        visit.confirm()

    assert refused.value.code == "too_many_declines"
    assert visit.snapshot["status"] == "ready"
