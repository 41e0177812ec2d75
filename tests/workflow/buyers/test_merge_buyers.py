"""Two buyers become one: everything is the other's, books are whole, limits count what both had."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from sqlalchemy import update

from app.core import clock, db
from app.core.errors import Conflict
from app.core.ids import show
from app.core.money import Money
from app.domain.accounts.business.models import Business
from app.domain.buyers.errors import BuyerGone, CannotMerge
from app.domain.catalog.errors import BuyerLimit
from app.domain.catalog.models import Product
from app.domain.marketing.errors import CouponRefused
from app.domain.marketing.types import DiscountLimits
from app.domain.orders import types
from app.domain.orders.models import Order
from app.read.buyers.buyers import consents_of, get_buyer, notes_of
from app.read.fulfilment.memberships import memberships_of
from app.read.fulfilment.points_resource import points_of
from app.read.wallets.wallets import wallets_of
from app.workflow.buyers.create_buyer import BuyerCommand, create_buyer
from app.workflow.buyers.merge_buyers import follow_due, look_at_merge, merge_buyers
from app.workflow.buyers.note_buyer import note_buyer
from app.workflow.buyers.record_consent import record_consent
from app.workflow.fulfilment.change_points import change_points
from app.workflow.marketing.issue_coupons import issue_coupon
from app.workflow.orders.place_order import place_order
from app.workflow.wallets import hold_funds, move_money
from tests.factories.coupons import active_template
from tests.factories.people import make_user
from tests.factories.shop import Shop


@pytest.fixture
def two(shop: Shop) -> tuple[uuid.UUID, uuid.UUID]:
    """Ids of the buyers `old` and `new` of a shop with wallets."""
    shop.keep_wallets()
    old, new = (create_buyer(shop.business_id, BuyerCommand(reference=name), actor="test") for name in ("old", "new"))
    return old, new


def test_everything_is_the_other_ones(shop: Shop, two: tuple[uuid.UUID, uuid.UUID]) -> None:
    old, new = two
    order_id = shop.paid_order(buyer="old")
    shop.paid_order(buyer="new")
    shop.fund("old", 700)
    shop.fund("new", 50)
    change_points(shop.business_id, buyer="old", change=30, reason="gift", actor="test")
    template = active_template(shop.business_id)
    issue_coupon(shop.business_id, template, buyer=types.Buyer(reference="old"), actor="test")

    look = look_at_merge(shop.business_id, old, into=new, actor="test")
    _merge(shop, two)

    assert look.obstacle == ""
    assert dict(look.moved) == {"orders": 1, "coupons": 1, "wallet_USD": 700, "points": 30, "memberships": 1}
    assert shop.order(order_id).buyer_reference == "new"
    assert [each.total_minor for each in wallets_of(shop.business_id, buyer="new")] == [750]
    assert all(each.total_minor == 0 for each in wallets_of(shop.business_id, buyer="old"))
    assert points_of(shop.business_id, "new") == (30, 0)
    assert len(shop.entitlements("new")) == 2
    assert shop.entitlements("old") == []
    merged = get_buyer(shop.business_id, old)
    assert (merged.status, merged.merged_into_id) == ("merged", new)
    shop.audit()


def test_a_look_changes_nothing(shop: Shop, two: tuple[uuid.UUID, uuid.UUID]) -> None:
    order_id = shop.paid_order(buyer="old")
    shop.fund("old", 700)

    look_at_merge(shop.business_id, two[0], into=two[1], actor="test")

    assert shop.order(order_id).buyer_reference == "old"
    assert get_buyer(shop.business_id, two[0]).status == "active"
    assert [each.total_minor for each in wallets_of(shop.business_id, buyer="old")] == [700]


def test_membership_time_of_both_follows_each_other(shop: Shop, two: tuple[uuid.UUID, uuid.UUID]) -> None:
    for name in ("old", "new"):
        shop.paid_order(buyer=name)
    alone = memberships_of(shop.business_id, "new")[0].ends_at

    _merge(shop, two)

    [membership] = memberships_of(shop.business_id, "new")
    assert membership.ends_at - alone > (alone - clock.now()) * 0.9


def test_a_reference_that_was_merged_means_the_other_one(shop: Shop, two: tuple[uuid.UUID, uuid.UUID]) -> None:
    _merge(shop, two)

    order_id = shop.place(buyer="old")
    shop.fund("old", 300)
    change_points(shop.business_id, buyer="old", change=5, reason="gift", actor="test")
    hold_funds.place(shop.business_id, buyer="old", money=Money(100, "USD"), reason="x", actor="test")

    assert shop.order(order_id).buyer_reference == "new"
    assert [each.total_minor for each in wallets_of(shop.business_id, buyer="new")] == [300]
    assert points_of(shop.business_id, "new") == (5, 0)


def test_nobody_is_topped_up_by_themselves(shop: Shop, two: tuple[uuid.UUID, uuid.UUID]) -> None:
    _merge(shop, two)
    shop.fund("new", 300)

    with pytest.raises(Exception, match="same"):
        move_money.transfer(
            shop.business_id, payer="old", recipient="new", money=Money(100, "USD"), actor="test", reason="x"
        )


def test_limits_of_products_count_what_both_had(shop: Shop, two: tuple[uuid.UUID, uuid.UUID]) -> None:
    with db.phase("test.limit", shop.business_id):
        db.write(db.change(Product, shop.product_id, max_per_buyer=2), expect=1)
    for name in ("old", "new"):
        shop.paid_order(buyer=name)

    _merge(shop, two)

    for name in ("old", "new"):
        with pytest.raises(BuyerLimit):
            shop.place(buyer=name)


def test_limits_of_coupons_count_what_both_had(shop: Shop, two: tuple[uuid.UUID, uuid.UUID]) -> None:
    limits = DiscountLimits(max_uses_per_buyer=1)
    active_template(shop.business_id, shared_code="ONCE", limits=limits, identify_by=frozenset({"account"}))
    _order_with(shop, "old", "ONCE")

    _merge(shop, two)

    with pytest.raises(CouponRefused):
        _order_with(shop, "new", "ONCE")


def test_a_refund_goes_to_the_wallet_that_is_there_now(shop: Shop, two: tuple[uuid.UUID, uuid.UUID]) -> None:
    shop.fund("old", 5000)
    order_id = shop.place(buyer="old")
    shop.pay(order_id, channel="wallet", wallet_minor=0)
    shop.work_off()
    before = shop.order(order_id)
    assert before.paid_minor > 0

    _merge(shop, two)
    shop.refund(order_id)
    shop.work_off()

    assert [each.total_minor for each in wallets_of(shop.business_id, buyer="new")] == [5000]


@pytest.mark.parametrize("what", ["paying", "movement", "hold"])
def test_what_is_being_decided_stands_in_the_way(shop: Shop, two: tuple[uuid.UUID, uuid.UUID], what: str) -> None:
    if what == "paying":
        shop.pay(shop.place(buyer="old"))
    elif what == "movement":
        move_money.top_up(shop.business_id, buyer="old", money=Money(100, "USD"), actor="test")
    else:
        shop.fund("old", 100)
        hold_funds.place(shop.business_id, buyer="old", money=Money(50, "USD"), reason="x", actor="test")

    look = look_at_merge(shop.business_id, two[0], into=two[1], actor="test")
    with pytest.raises(CannotMerge):
        _merge(shop, two)

    assert look.obstacle
    assert get_buyer(shop.business_id, two[0]).status == "active"


def test_merging_is_no_way_round_the_limit_of_a_transfer(shop: Shop, two: tuple[uuid.UUID, uuid.UUID]) -> None:
    shop.fund("old", 700)
    with db.system_phase("test.limits"):
        db.run(
            update(Business).where(Business.id == shop.business_id).values(approval_limits={"transfer": {"USD": 100}})
        )
    owner = show("usr", make_user(shop.business_id).user_id)

    with pytest.raises(CannotMerge):
        merge_buyers(shop.business_id, two[0], into=two[1], reason="same person", actor=owner)

    assert [each.total_minor for each in wallets_of(shop.business_id, buyer="old")] == [700]


def test_who_was_merged_is_merged_once_and_leads_to_the_last(shop: Shop, two: tuple[uuid.UUID, uuid.UUID]) -> None:
    last = create_buyer(shop.business_id, BuyerCommand(reference="last"), actor="test")

    _merge(shop, two)
    _merge(shop, two)
    merge_buyers(shop.business_id, two[1], into=last, reason="same person", actor="test")
    with pytest.raises(BuyerGone):
        merge_buyers(shop.business_id, two[1], into=two[0], reason="same person", actor="test")

    assert get_buyer(shop.business_id, two[0]).merged_into_id == last
    assert shop.order(shop.place(buyer="old")).buyer_reference == "last"


def test_two_that_are_merged_into_each_other_at_once(shop: Shop, two: tuple[uuid.UUID, uuid.UUID]) -> None:
    shop.fund("old", 300)
    shop.fund("new", 400)

    def merge(pair: tuple[uuid.UUID, uuid.UUID]) -> None:
        with suppress(Conflict):
            merge_buyers(shop.business_id, pair[0], into=pair[1], reason="same person", actor="test")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(merge, [two, two[::-1]]))

    statuses = sorted(get_buyer(shop.business_id, each).status for each in two)
    assert statuses == ["active", "merged"]
    totals = [each.total_minor for name in ("old", "new") for each in wallets_of(shop.business_id, buyer=name)]
    assert sum(totals) == 700
    assert sorted(totals)[-1] == 700


def test_what_came_in_the_moment_of_the_merge_is_moved_later(shop: Shop, two: tuple[uuid.UUID, uuid.UUID]) -> None:
    _merge(shop, two)
    order_id = shop.place(buyer="new")
    with db.phase("test.late", shop.business_id):
        db.write(db.change(Order, order_id, buyer_reference="old"), expect=1)

    follow_due()

    assert shop.order(order_id).buyer_reference == "new"


def test_the_other_one_gets_what_they_lack(shop: Shop) -> None:
    full = BuyerCommand(
        reference="full", email="ada@example.com", email_verified=True, name="Ada", groups=["a", "b"],
        attributes={"size": "M", "tax": "1"}, addresses=[{"line1": "x", "country": "DE"}],
    )  # fmt: skip
    old = create_buyer(shop.business_id, full, actor="test")
    less = BuyerCommand(reference="less", name="Ada L.", groups=["b", "c"], attributes={"size": "L"})
    new = create_buyer(shop.business_id, less, actor="test")
    note_buyer(shop.business_id, old, body="Friendly", author="usr_x")
    record_consent(shop.business_id, old, kind="mail", granted=True, source="form", evidence={})

    merge_buyers(shop.business_id, old, into=new, reason="same person", actor="test")

    found = get_buyer(shop.business_id, new)
    assert (found.name, found.email, found.groups) == ("Ada L.", "ada@example.com", ["b", "c", "a"])
    assert found.email_verified_at is not None
    assert found.attributes == {"size": "L", "tax": "1"}
    assert found.addresses == [{"line1": "x", "country": "DE"}]
    assert [each.body for each in notes_of(shop.business_id, new)] == ["Friendly"]
    assert [each.granted for each in consents_of(shop.business_id, [new])[new]] == [True]


def _merge(shop: Shop, two: tuple[uuid.UUID, uuid.UUID]) -> None:
    merge_buyers(shop.business_id, two[0], into=two[1], reason="same person", actor="test")


def _order_with(shop: Shop, buyer: str, code: str) -> uuid.UUID:
    command = types.PlaceOrderCommand(
        items=[types.OrderItem(shop.sku_id, 1)], buyer=types.Buyer(reference=buyer), coupon_codes=[code]
    )
    return place_order(shop.business_id, command)
