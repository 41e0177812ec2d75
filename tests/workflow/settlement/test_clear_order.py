"""Clearing: every line is divided once by the rule that counted, and refunds take back by the same shares."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from app.core import ids
from app.domain.orders.models import OrderLine
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.domain.payments.types import RefundLineCommand
from app.domain.settlement.clearing.types import BUSINESS, ShareTerms, Tier
from app.domain.settlement.partners.states import PartnerKind
from app.workflow.accounts import change_settings
from app.workflow.catalog import manage_catalog, manage_sellers
from app.workflow.catalog.manage_catalog import ProductCommand, SkuCommand
from app.workflow.catalog.manage_sellers import SellerCommand
from app.workflow.orders import place_order
from app.workflow.payments import manage_routing, refund_order
from app.workflow.payments.manage_routing import ChannelTermsCommand
from app.workflow.settlement import clear_order, manage_partners
from tests.factories.partners import Sharer, sharer_of
from tests.factories.shop import Shop


@pytest.fixture
def sharer(shop: Shop) -> Sharer:
    return sharer_of(shop)


def _share(partner_id: object, bps: int = 0, **more: Any) -> ShareTerms:
    return ShareTerms(party=str(partner_id), bps=bps, **more)


def test_a_completed_order_is_cleared_and_what_partners_get_is_posted(sharer: Sharer) -> None:
    ada, house = sharer.partner("Ada"), sharer.partner("House", kind=PartnerKind.PLATFORM)
    sharer.rule(_share(ada, 7000), _share(house, 1000))
    order_id = sharer.shop.paid_order()
    before = sharer.entries(order_id)

    sharer.complete(order_id)

    assert before == []
    assert sharer.sums(order_id) == {str(ada): 700, str(house): 100, BUSINESS: 200}
    assert (sharer.owed(ada), sharer.owed(house, "platform_revenue")) == (700, 100)
    assert sharer.shop.balance("merchant_payable") == -200


def test_a_business_without_rules_writes_and_emits_nothing(sharer: Sharer) -> None:
    order_id = sharer.sold()

    assert (sharer.entries(order_id), sharer.shop.order(order_id).clears_on) == ([], None)


def test_a_line_that_no_rule_is_about_stays_with_the_business(sharer: Sharer) -> None:
    ada = sharer.partner()
    sharer.rule(_share(ada, 7000), scope="sku", subject_id=_another_sku(sharer))

    order_id = sharer.sold()

    assert sharer.sums(order_id) == {BUSINESS: 1000}


def test_the_most_precise_rule_counts(sharer: Sharer) -> None:
    ada = sharer.partner()
    sharer.rule(_share(ada, 1000))
    sharer.rule(_share(ada, 2000), scope="product", subject_id=sharer.shop.product_id)
    by_product = sharer.sold()
    sharer.rule(_share(ada, 3000), scope="sku", subject_id=sharer.shop.sku_id)

    assert [sharer.sums(each)[str(ada)] for each in (by_product, sharer.sold())] == [200, 300]


def test_the_rule_of_the_day_of_the_order_counts_also_when_it_is_cleared_later(sharer: Sharer) -> None:
    ada = sharer.partner()
    rule_id = sharer.rule(_share(ada, 7000))
    order_id = sharer.shop.paid_order()
    sharer.revise(rule_id, _share(ada, 1000))

    sharer.complete(order_id)

    assert sharer.sums(order_id) == {str(ada): 700, BUSINESS: 300}


def test_a_rule_that_ended_still_counts_for_orders_that_were_placed_under_it(sharer: Sharer) -> None:
    ada = sharer.partner()
    rule_id = sharer.rule(_share(ada, 7000))
    order_id = sharer.shop.paid_order()
    sharer.revise(rule_id)
    manage_partners.close(sharer.shop.business_id, ada, reason="moved", actor=sharer.maker)

    sharer.complete(order_id)

    assert sharer.owed(ada) == 700
    assert sharer.sums(sharer.sold()) == {BUSINESS: 1000}


def test_a_refund_after_clearing_is_by_the_shares_it_was_cleared_with_and_not_by_todays_rule(sharer: Sharer) -> None:
    ada = sharer.partner()
    rule_id = sharer.rule(_share(ada, 7000))
    order_id = sharer.sold()
    sharer.revise(rule_id, _share(ada, 1000))

    sharer.refund(order_id, 500)

    assert sharer.sums(order_id) == {str(ada): 350, BUSINESS: 150}
    assert sharer.owed(ada) == 350


def test_a_partial_refund_then_the_rest_leaves_nothing(sharer: Sharer) -> None:
    partners = [sharer.partner(name) for name in ("Ada", "Bo", "Cy")]
    sharer.rule(*(_share(each, 3333) for each in partners[:2]), _share(partners[2], is_rest=True))
    order_id = sharer.sold()

    sharer.refund(order_id, 1)
    sharer.refund(order_id, 333)
    sharer.refund(order_id)

    assert set(sharer.sums(order_id).values()) == {0}
    assert [sharer.owed(each) for each in partners] == [0, 0, 0]


def test_many_small_refunds_take_back_what_one_large_one_does(sharer: Sharer) -> None:
    ada = sharer.partner()
    sharer.rule(_share(ada, 7000))
    order_id = sharer.sold()

    for _ in range(10):
        sharer.refund(order_id, 1)
    parts = sharer.sums(order_id, "share_reversed")
    sharer.refund(order_id)

    assert parts == {str(ada): -7, BUSINESS: -3}
    assert set(sharer.sums(order_id).values()) == {0}


def test_goodwill_without_a_line_is_taken_back_of_every_line_by_its_own_shares(sharer: Sharer) -> None:
    ada, bo = sharer.partner("Ada"), sharer.partner("Bo")
    other = _another_sku(sharer)
    sharer.rule(_share(ada, 7000))
    sharer.rule(_share(bo, 3333), scope="sku", subject_id=other)
    order_id = _paid(sharer, sharer.shop.sku_id, other)
    sharer.complete(order_id)

    sharer.refund(order_id, 500)
    goodwill = sharer.sums(order_id, "share_reversed")
    _refund_line(sharer, order_id, other, 50)
    sharer.refund(order_id, 333)
    sharer.refund(order_id)

    # $2.50 of each line: 70% of one is Ada's, 33.3% of the other Bo's.
    assert goodwill == {str(ada): -175, str(bo): -83, BUSINESS: -242}
    assert set(sharer.sums(order_id).values()) == {0}
    assert (sharer.owed(ada), sharer.owed(bo)) == (0, 0)


def test_a_refund_before_clearing_is_taken_back_when_the_order_is_cleared(sharer: Sharer) -> None:
    ada = sharer.partner()
    sharer.rule(_share(ada, 7000))
    order_id = sharer.shop.paid_order()
    sharer.refund(order_id, 500)
    before = sharer.entries(order_id)

    sharer.complete(order_id)

    assert before == []
    assert sharer.sums(order_id, "share") == {str(ada): 700, BUSINESS: 300}
    assert sharer.sums(order_id) == {str(ada): 350, BUSINESS: 150}


def test_an_order_that_was_refunded_before_it_completed_is_never_cleared(sharer: Sharer) -> None:
    sharer.rule(_share(sharer.partner(), 7000))
    order_id = sharer.shop.paid_order()

    sharer.refund(order_id)

    assert sharer.entries(order_id) == []


def test_what_a_partner_can_no_longer_cover_is_owed_by_it(sharer: Sharer) -> None:
    ada = sharer.partner()
    sharer.rule(_share(ada, 7000))
    first, second = sharer.sold(), sharer.sold()
    sharer.refund(first)

    sharer.refund(second)

    assert sharer.owed(ada) == 0


def test_clearing_again_and_at_once_changes_nothing(sharer: Sharer) -> None:
    ada = sharer.partner()
    sharer.rule(_share(ada, 7000))
    order_id = sharer.sold()
    sharer.refund(order_id, 300)
    before = sharer.entries(order_id)

    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(lambda _: clear_order.clear_order(sharer.shop.business_id, order_id), range(8)))

    assert sharer.entries(order_id) == before


def test_a_business_may_clear_when_orders_are_paid(sharer: Sharer) -> None:
    ada = sharer.partner()
    sharer.rule(_share(ada, 7000))
    change_settings.change_settings(sharer.shop.business_id, {"clears_on": "payment"}, actor=sharer.maker)

    order_id = sharer.shop.paid_order()
    sharer.refund(order_id)

    assert sharer.sums(order_id, "share") == {str(ada): 700, BUSINESS: 300}
    assert sharer.owed(ada) == 0


def test_the_fee_is_borne_by_those_who_share_and_counted_once(sharer: Sharer) -> None:
    ada = sharer.partner()
    _fee(sharer, bps=300, fixed=10)
    sharer.rule(_share(ada, 7000), fees="shared")

    order_id = sharer.sold()

    assert sharer.sums(order_id, "share") == {str(ada): 700, BUSINESS: 300}
    assert sharer.sums(order_id, "fee") == {str(ada): -28, BUSINESS: 28}
    assert sharer.owed(ada) == 672


@pytest.mark.parametrize(("returns_fees", "left"), [(False, -28), (True, 0)])
def test_a_refund_gives_fees_back_only_where_the_rule_says_so(sharer: Sharer, returns_fees: bool, left: int) -> None:
    ada = sharer.partner()
    _fee(sharer, bps=300, fixed=10)
    sharer.rule(_share(ada, 7000), fees="shared", returns_fees=returns_fees)
    order_id = sharer.sold()

    sharer.refund(order_id, 400)
    sharer.refund(order_id)

    assert sharer.owed(ada) == left


def test_the_volume_of_the_month_raises_the_rate(sharer: Sharer) -> None:
    ada = sharer.partner()
    sharer.rule(_share(ada, 1000, tiers=(Tier(from_minor=2000, bps=2000),)))

    shares = [sharer.sums(sharer.sold())[str(ada)] for _ in range(3)]

    assert shares == [100, 100, 200]


def test_an_order_that_costs_nothing_is_cleared_without_a_posting(sharer: Sharer) -> None:
    sharer.rule(_share(sharer.partner(), 7000))
    order_id = sharer.shop.place(sku_id=_another_sku(sharer, price_minor=0))
    sharer.shop.pay(order_id)
    sharer.shop.work_off()

    sharer.complete(order_id)

    [entry] = sharer.entries(order_id)
    assert (entry.party, entry.amount_minor, entry.journal_id) == (BUSINESS, 0, None)


def test_money_of_a_wallet_is_shared_like_any_other(sharer: Sharer) -> None:
    ada = sharer.partner()
    sharer.rule(_share(ada, 7000))
    sharer.shop.keep_wallets()
    sharer.shop.fund("buyer-1", 400)
    order_id = sharer.shop.place()
    attempt_id = sharer.shop.pay(order_id, wallet_minor=400)
    sharer.shop.approve(attempt_id)
    sharer.shop.notice(attempt_id)
    sharer.shop.work_off()

    sharer.complete(order_id)
    sharer.refund(order_id, 800)

    assert sharer.owed(ada) == 140


def test_the_sellers_share_goes_to_the_partner_that_the_seller_leads_to(sharer: Sharer) -> None:
    seller_id = _sell_for(sharer)
    ada = sharer.partner(seller_id=seller_id)
    sharer.rule(_share("seller", 8000))
    order_id = sharer.shop.paid_order()

    sharer.complete(order_id)

    assert sharer.sums(order_id) == {str(ada): 800, BUSINESS: 200}


def _paid(sharer: Sharer, *sku_ids: uuid.UUID) -> uuid.UUID:
    """A paid order with one of each."""
    items = [OrderItem(each, 1) for each in sku_ids]
    command = PlaceOrderCommand(items=items, buyer=Buyer(reference="buyer-1"))
    order_id = place_order.place_order(sharer.shop.business_id, command)
    attempt_id = sharer.shop.pay(order_id)
    sharer.shop.approve(attempt_id)
    sharer.shop.notice(attempt_id)
    sharer.shop.work_off()
    return order_id


def _refund_line(sharer: Sharer, order_id: uuid.UUID, sku_id: uuid.UUID, minor: int) -> None:
    """A refund of one line's money."""
    line = sharer.shop.one(
        select(OrderLine.__table__).where(OrderLine.order_id == order_id, OrderLine.sku_id == sku_id)
    )
    lines = [RefundLineCommand(line_id=line.id, amount_minor=minor)]
    transaction_id = refund_order.refund_order(
        sharer.shop.business_id, order_id, amount_minor=None, lines=lines, reason="asked", actor="test"
    )
    sharer.shop.poll(sharer.shop.refund_attempt(transaction_id).id)
    sharer.shop.work_off()


def _fee(sharer: Sharer, *, bps: int, fixed: int) -> None:
    terms = ChannelTermsCommand(fee_bps=bps, fee_fixed_minor=fixed)
    manage_routing.set_terms(sharer.shop.business_id, sharer.shop.account_id, "USD", terms)


def _another_sku(sharer: Sharer, price_minor: int = 1000) -> uuid.UUID:
    command = SkuCommand(code="TWO", name="2 months", price_minor=price_minor, currency="USD")
    return manage_catalog.add_sku(sharer.shop.business_id, sharer.shop.product_id, command)


def _sell_for(sharer: Sharer) -> uuid.UUID:
    """The shop's product is a seller's now."""
    seller_id = manage_sellers.create_seller(sharer.shop.business_id, SellerCommand(name="Ada’s shop"), actor="test")
    command = ProductCommand(name="Membership", max_per_order=50, seller=ids.show("sel", seller_id))
    manage_catalog.change_product(sharer.shop.business_id, sharer.shop.product_id, command)
    return seller_id
