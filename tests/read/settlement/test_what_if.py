"""What past orders would have given every partner under other rules, to the cent, and without writing anything."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta
from typing import Any

import pytest

from app.core import clock, db
from app.core.errors import Invalid, NotFound
from app.core.ids import new_id
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.domain.settlement.clearing.types import BUSINESS, ShareTerms, SplitTerms, Tier
from app.read.settlement import past_orders, replayed_orders, what_if
from app.read.settlement.what_if import CurrencyResult, WhatIf
from app.workflow.catalog import manage_catalog
from app.workflow.catalog.manage_catalog import SkuCommand
from app.workflow.orders import place_order
from app.workflow.payments import manage_routing
from app.workflow.payments.manage_routing import ChannelTermsCommand
from app.workflow.settlement import manage_split_rules
from app.workflow.settlement.manage_split_rules import RuleCommand, VersionCommand
from tests.factories.partners import Sharer, sharer_of
from tests.factories.shop import Shop, make_shop


@pytest.fixture
def sharer(shop: Shop) -> Sharer:
    return sharer_of(shop)


def _share(partner_id: object, bps: int = 0, **more: Any) -> ShareTerms:
    return ShareTerms(party=str(partner_id), bps=bps, **more)


def _tried(sharer: Sharer, rule_id: uuid.UUID, *shares: ShareTerms, **more: Any) -> WhatIf:
    terms = SplitTerms(shares=shares) if shares else None
    return what_if.what_if(sharer.shop.business_id, rule_id, **{"days": 31, "terms": terms} | more)


def _draft(sharer: Sharer, *shares: ShareTerms, **about: Any) -> uuid.UUID:
    version = VersionCommand(terms=SplitTerms(shares=shares))
    command = RuleCommand(**{"name": "Drafted"} | about)
    return manage_split_rules.create(sharer.shop.business_id, command, version, actor=sharer.maker)


def _sums(found: CurrencyResult) -> dict[str, tuple[int, int]]:
    return {each.name: (each.before_minor, each.after_minor) for each in found.parties}


def test_two_partners_and_a_refund_to_the_cent(sharer: Sharer) -> None:
    ada, bo = sharer.partner("Ada"), sharer.partner("Bo")
    rule_id = sharer.rule(_share(ada, 7000), _share(bo, 1000))
    refunded, whole = sharer.sold(), sharer.sold(2)
    sharer.refund(refunded, 333)

    found = _tried(sharer, rule_id, _share(ada, 6000), _share(bo, 1500))

    # $10.00 of which $3.33 went back, and $20.00. Ada was taken back 70% of 3.33, 2.33, and would be 60%, 2.00; Bo 0.33
    # and, at 15%, 0.50; the parts of a cent fall to the largest remainders.
    [dollars] = found.currencies
    assert _sums(dollars) == {
        "Ada": (700 - 233 + 1400, 600 - 200 + 1200),
        "Bo": (100 - 33 + 200, 150 - 50 + 300),
        "Business": (200 - 67 + 400, 250 - 83 + 500),
    }
    assert (found.orders, dollars.lines, dollars.lines_changed, found.is_cut) == (2, 2, 2, False)
    large, small = dollars.most_changed
    assert (large.order_id, large.moved_minor) == (whole, 200)
    assert [(each.name, each.before.bps, each.after.bps, each.after.base_minor) for each in large.parties] == [
        ("Ada", 7000, 6000, 2000),
        ("Bo", 1000, 1500, 2000),
        ("Business", 2000, 2500, 2000),
    ]
    assert (small.parties[0].before.share_minor, small.parties[0].before.back_minor) == (700, -233)
    assert (small.parties[0].after.share_minor, small.parties[0].after.back_minor) == (600, -200)
    assert [each and each.number for each in (small.rule_before, small.rule_after)] == [1, None]


def test_a_rule_that_says_the_same_changes_nothing(sharer: Sharer) -> None:
    ada = sharer.partner("Ada")
    rule_id = sharer.rule(_share(ada, 7000))
    sharer.refund(sharer.sold(), 333)

    found = _tried(sharer, rule_id)

    [dollars] = found.currencies
    assert (found.lines, found.lines_changed, dollars.most_changed) == (1, 0, [])
    assert all(each.difference_minor == 0 for each in dollars.parties)


def test_the_draft_is_tried_unless_another_version_is_named(sharer: Sharer) -> None:
    ada = sharer.partner("Ada")
    rule_id = sharer.rule(_share(ada, 7000))
    sharer.sold()
    version = VersionCommand(terms=SplitTerms(shares=(_share(ada, 5000),)))
    manage_split_rules.save_draft(sharer.shop.business_id, rule_id, version, actor=sharer.maker)

    by_draft = _tried(sharer, rule_id)
    first = by_draft.currencies[0].most_changed[0].rule_before
    assert first is not None
    by_first = _tried(sharer, rule_id, version_id=first.rule.version_id)

    assert by_draft.currencies[0].parties[0].difference_minor == -200
    assert (by_draft.tried[0].number, by_first.tried[0].number, by_first.lines_changed) == (2, 1, 0)


def test_orders_of_the_time_before_anything_was_shared_count(sharer: Sharer) -> None:
    sold, refunded, unpaid = sharer.sold(), sharer.sold(), sharer.shop.paid_order()
    sharer.refund(refunded, 500)
    ada = sharer.partner("Ada")
    rule_id = _draft(sharer, _share(ada, 7000))

    found = _tried(sharer, rule_id)

    [dollars] = found.currencies
    assert _sums(dollars) == {"Ada": (0, 700 + 350), "Business": (1500, 450)}
    assert {each.order_id for each in dollars.most_changed} == {sold, refunded}
    assert unpaid not in {each.order_id for each in dollars.most_changed}
    assert [each.rule_before for each in dollars.most_changed] == [None, None]


def test_only_lines_that_the_rule_is_about_change_and_drafts_of_others_join_on_request(sharer: Sharer) -> None:
    ada, bo = sharer.partner("Ada"), sharer.partner("Bo")
    other = _another_sku(sharer)
    sharer.rule(_share(ada, 7000))
    _sold(sharer, sharer.shop.sku_id, other)
    precise = _draft(sharer, _share(bo, 2000), scope="sku", subject_id=other)
    whole = _draft(sharer, _share(ada, 1000), scope="product", subject_id=sharer.shop.product_id)

    alone, both = _tried(sharer, precise), _tried(sharer, precise, with_drafts=True)
    less_precise = _tried(sharer, whole)

    assert _sums(alone.currencies[0]) == {"Ada": (1050, 700), "Bo": (0, 100), "Business": (450, 700)}
    assert (alone.lines, alone.lines_changed) == (2, 1)
    assert _sums(both.currencies[0]) == {"Ada": (1050, 100), "Bo": (0, 100), "Business": (450, 1300)}
    assert _sums(less_precise.currencies[0]) == {"Ada": (1050, 150), "Business": (450, 1350)}


def test_rates_by_volume_follow_what_would_have_been_sold(sharer: Sharer) -> None:
    ada = sharer.partner("Ada")
    rule_id = sharer.rule(_share(ada, 1000))
    for _ in range(3):
        sharer.sold()

    found = _tried(sharer, rule_id, _share(ada, 1000, tiers=(Tier(from_minor=2000, bps=5000),)))

    assert _sums(found.currencies[0])["Ada"] == (300, 100 + 100 + 500)
    assert found.lines_changed == 1


def test_fees_that_would_be_shared_are_those_of_the_accounts(sharer: Sharer) -> None:
    ada = sharer.partner("Ada")
    rule_id = sharer.rule(_share(ada, 5000))
    _fee(sharer, bps=1000, fixed=0)
    sharer.sold()

    found = _tried(sharer, rule_id, terms=SplitTerms(shares=(_share(ada, 5000),), fees="shared"))

    assert _sums(found.currencies[0]) == {"Ada": (500, 450), "Business": (500, 550)}
    assert found.currencies[0].most_changed[0].parties[0].after.fee_minor == -50


def test_orders_before_the_days_do_not_count(sharer: Sharer) -> None:
    ada = sharer.partner("Ada")
    rule_id = sharer.rule(_share(ada, 7000))
    sharer.sold()
    sharer.shop.advance(2 * 86_400)
    sharer.sold()

    assert [_tried(sharer, rule_id, _share(ada, 1), days=days).lines for days in (1, 3)] == [1, 2]


def test_what_is_too_much_for_one_calculation_is_cut_between_orders(
    sharer: Sharer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, other = sharer.partner("Ada"), _another_sku(sharer)
    rule_id = sharer.rule(_share(ada, 7000))
    oldest, middle, newest = (_sold(sharer, sharer.shop.sku_id, other) for _ in range(3))

    monkeypatch.setattr(past_orders, "MAX_LINES", 5)
    by_lines = _tried(sharer, rule_id, _share(ada, 1))
    monkeypatch.setattr(past_orders, "MAX_LINES", 6)
    whole = _tried(sharer, rule_id, _share(ada, 1))
    monkeypatch.setattr(past_orders, "_CHUNK", 1)
    monkeypatch.setattr(past_orders, "MAX_ENTRIES", 7)
    by_entries = _tried(sharer, rule_id, _share(ada, 1))

    assert (by_lines.is_cut, by_lines.orders, by_lines.lines) == (True, 2, 4)
    assert {each.order_id for each in by_lines.currencies[0].most_changed} == {middle, newest}
    assert (whole.is_cut, whole.orders) == (False, 3)
    assert (by_entries.is_cut, {each.order_id for each in by_entries.currencies[0].most_changed}) == (True, {newest})
    assert by_entries.since > by_lines.since > whole.since
    assert oldest not in {each.order_id for each in by_lines.currencies[0].most_changed}


def test_ten_lines_are_shown(sharer: Sharer) -> None:
    ada = sharer.partner("Ada")
    rule_id = sharer.rule(_share(ada, 7000))
    small, *_ = [sharer.sold(quantity) for quantity in (1, *[2] * 10)]

    [dollars] = _tried(sharer, rule_id, _share(ada, 1)).currencies

    assert (dollars.lines_changed, len(dollars.most_changed)) == (11, 10)
    assert small not in {each.order_id for each in dollars.most_changed}


def test_another_business_and_terms_that_cannot_be(sharer: Sharer) -> None:
    ada = sharer.partner("Ada")
    rule_id = sharer.rule(_share(ada, 7000))
    theirs = sharer_of(make_shop(sharer.shop.simulator))
    their_rule = theirs.rule(_share(theirs.partner(), 7000))

    with pytest.raises(NotFound):
        _tried(sharer, their_rule)
    with pytest.raises(NotFound):
        _tried(sharer, rule_id, version_id=new_id())
    with pytest.raises(Invalid):
        _tried(sharer, rule_id, _share(ada, 10_001))
    for days in (0, 93):
        with pytest.raises(ValueError, match="1 to 92"):
            _tried(sharer, rule_id, days=days)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_rules_in_force_come_to_exactly_the_entries_that_were_cleared(sharer: Sharer, seed: int) -> None:
    """Every line is computed anew by the versions that it was cleared by, whatever they say."""
    chance = random.Random(seed)
    ada, bo, cy = (sharer.partner(name) for name in ("Ada", "Bo", "Cy"))
    other = _another_sku(sharer)
    _fee(sharer, bps=290, fixed=30)
    tiers = (Tier(from_minor=chance.randint(1, 3000), bps=4000),)
    sharer.rule(
        _share(ada, chance.randint(0, 3000) or 1, tiers=tiers),
        _share(bo, 3333, minimum={"USD": 120}),
        _share(cy, is_rest=True),
        fees="shared",
        returns_fees=chance.random() < 0.5,
    )
    sharer.rule(_share(bo, 1, fixed={"USD": 77}), scope="sku", subject_id=other, discounts="business")
    for _ in range(5):
        chosen = chance.sample([sharer.shop.sku_id, other], chance.randint(1, 2))
        order_id = _sold(sharer, *chosen, quantity=chance.randint(1, 3))
        for _ in range(chance.randint(0, 2)):
            sharer.refund(order_id, chance.randint(1, 200))

    business_id = sharer.shop.business_id
    with db.reading(business_id):
        past = past_orders.read(business_id, clock.now() - timedelta(days=1))
        around = what_if.surroundings(business_id, past, ())
        tried = list(around.recorded.values())
        again = list(replayed_orders.replay(past.orders, what_if.surroundings(business_id, past, tried)))

    def told(by_cause: Any) -> dict[Any, list[Any]]:
        return {
            cause: sorted((each.line_id, each.party, each.kind, each) for each in every)
            for cause, every in by_cause.items()
        }

    assert len(tried) >= 1
    assert len(again) == 5
    for each in again:
        assert told(each.would) == told(each.order.was)
    assert any(entry.party == BUSINESS for entry in again[0].would[again[0].order.id])


def _fee(sharer: Sharer, *, bps: int, fixed: int) -> None:
    terms = ChannelTermsCommand(fee_bps=bps, fee_fixed_minor=fixed)
    manage_routing.set_terms(sharer.shop.business_id, sharer.shop.account_id, "USD", terms)


def _another_sku(sharer: Sharer) -> uuid.UUID:
    command = SkuCommand(code="HALF", name="Half a month", price_minor=500, currency="USD")
    return manage_catalog.add_sku(sharer.shop.business_id, sharer.shop.product_id, command)


def _sold(sharer: Sharer, *sku_ids: uuid.UUID, quantity: int = 1) -> uuid.UUID:
    """A completed order with so many of each."""
    items = [OrderItem(each, quantity) for each in sku_ids]
    command = PlaceOrderCommand(items=items, buyer=Buyer(reference="buyer-1"))
    order_id = place_order.place_order(sharer.shop.business_id, command)
    attempt_id = sharer.shop.pay(order_id)
    sharer.shop.approve(attempt_id)
    sharer.shop.notice(attempt_id)
    sharer.shop.work_off()
    sharer.complete(order_id)
    return order_id
