"""Faults that marketplaces had, each by its name. Others are beside the rule that they broke: shares of the price
before discounts, thirds, platform coupons (tests/domain/settlement/test_clearing_rules.py); fees counted twice,
deleted rules, a partial refund then the rest (test_clear_order.py); the cut-off's second, negative batches
(test_close_batches.py); days of 23 and 25 hours (tests/domain/settlement/test_batch_rules.py)."""

from __future__ import annotations

import uuid

import pytest

from app.core import ids
from app.core.errors import Conflict
from app.core.ids import new_id
from app.domain.settlement.clearing.types import SELLER, ShareTerms
from app.domain.settlement.partners.states import PartnerKind
from app.workflow.catalog import manage_catalog, manage_sellers
from app.workflow.catalog.manage_catalog import ProductCommand
from app.workflow.catalog.manage_sellers import SellerCommand
from app.workflow.settlement import close_batches, manage_partners, pay_batch
from app.workflow.settlement.manage_partners import PartnerCommand
from tests.factories.partners import Sharer, sharer_of
from tests.factories.shop import Shop


@pytest.fixture
def sharer(shop: Shop) -> Sharer:
    return sharer_of(shop)


def _totals(sharer: Sharer, partner_id: uuid.UUID) -> list[int]:
    return [row.total_minor for row in sorted(sharer.batches(partner_id), key=lambda row: row.number)]


def test_a_refund_after_settlement_is_not_reversed_by_todays_rule(sharer: Sharer) -> None:
    ada = sharer.partner()
    rule_id = sharer.rule(ShareTerms(party=str(ada), bps=7000))
    sharer.pay_to(ada)
    order_id = sharer.sold()
    sharer.paid(sharer.close(ada))
    sharer.revise(rule_id, ShareTerms(party=str(ada), bps=1000))

    sharer.refund(order_id, 500)
    owed = sharer.owed(ada)
    sharer.sold(5)
    sharer.close(ada)

    assert owed == -350
    assert _totals(sharer, ada) == [700, 150]


def test_the_same_order_is_not_in_two_batches_after_a_retry(sharer: Sharer) -> None:
    ada = sharer.partner()
    sharer.rule(ShareTerms(party=str(ada), bps=7000))
    sharer.sold()
    batch_id = new_id()

    for _ in range(3):
        close_batches.close(sharer.shop.business_id, ada, currency="USD", actor=sharer.maker, batch_id=batch_id)
    with pytest.raises(Conflict):
        sharer.close(ada)

    assert _totals(sharer, ada) == [700]


def test_a_partner_who_left_between_payment_and_completion_gets_what_it_earned(sharer: Sharer) -> None:
    ada = sharer.partner()
    sharer.rule(ShareTerms(party=str(ada), bps=7000))
    sharer.pay_to(ada)
    order_id = sharer.shop.paid_order()
    manage_partners.close(sharer.shop.business_id, ada, reason="left", actor=sharer.maker)

    sharer.complete(order_id)
    batch_id = sharer.close(ada)
    sharer.paid(batch_id)

    assert (sharer.batch(batch_id).status, sharer.owed(ada)) == ("paid", 0)


def test_a_seller_that_changed_its_partner_between_payment_and_completion_is_shared_once(sharer: Sharer) -> None:
    shop = sharer.shop
    seller_id = _sell_for(sharer)
    before = sharer.partner("Before", kind=PartnerKind.SELLER, seller_id=seller_id)
    after = sharer.partner("After", kind=PartnerKind.SELLER)
    sharer.rule(ShareTerms(party=SELLER, bps=7000))
    order_id = shop.paid_order()
    for partner_id, name, seller in ((before, "Before", None), (after, "After", seller_id)):
        command = PartnerCommand(kind=PartnerKind.SELLER, name=name, time_zone="UTC", seller_id=seller)
        manage_partners.change(shop.business_id, partner_id, command)

    sharer.complete(order_id)
    sharer.refund(order_id, 500)

    # Whoever is the seller's partner when the order is cleared has the share, and gives it back.
    assert (sharer.owed(before), sharer.owed(after)) == (0, 350)
    assert sum(sharer.sums(order_id).values()) == 500


def test_a_payout_that_is_returned_after_the_next_batch_closed_changes_neither(sharer: Sharer) -> None:
    ada = sharer.partner()
    sharer.rule(ShareTerms(party=str(ada), bps=7000))
    sharer.pay_to(ada)
    sharer.sold()
    first = sharer.close(ada)
    sharer.paid(first)
    sharer.sold()
    second = sharer.close(ada)

    sharer.send_back(first)
    pay_batch.pay(sharer.shop.business_id, first, actor=sharer.maker)
    sharer.shop.poll(sharer.shop.refund_attempt(sharer.batch(first).transaction_id).id)
    sharer.paid(second)

    assert _totals(sharer, ada) == [700, 700]
    assert sharer.owed(ada) == 0
    assert (sharer.batch(first).tries, sharer.batch(second).tries) == (2, 1)


def _sell_for(sharer: Sharer) -> uuid.UUID:
    """The shop's product is a seller's now."""
    seller_id = manage_sellers.create_seller(sharer.shop.business_id, SellerCommand(name="Ada’s shop"), actor="test")
    command = ProductCommand(name="Membership", max_per_order=50, seller=ids.show("sel", seller_id))
    manage_catalog.change_product(sharer.shop.business_id, sharer.shop.product_id, command)
    return seller_id
