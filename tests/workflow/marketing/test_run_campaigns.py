"""Campaigns at work: whom each occasion makes fit, once each, within every limit."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select

from app.core import clock as time
from app.core import db, states
from app.core.ids import new_id
from app.domain.marketing.campaigns import rules
from app.domain.marketing.campaigns.models import Campaign, CampaignEntry
from app.domain.marketing.models import Coupon
from app.domain.orders.models import CheckoutSession
from app.domain.orders.states import SESSION
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.read.marketing import campaigns as read
from app.workflow.marketing import manage_campaigns, manage_coupons, run_campaigns
from app.workflow.orders import place_order
from tests.factories.campaigns import make_buyer, make_campaign, plan_of, running_campaign
from tests.factories.coupons import active_template, coupons_of
from tests.factories.shop import Shop

DAY = 86_400


def run(shop: Shop, campaign_id: uuid.UUID) -> list[tuple[str, str]]:
    """Let it run once; who got what so far, by reference."""
    run_campaigns.run(shop.business_id, campaign_id)
    return decided(shop, campaign_id)


def decided(shop: Shop, campaign_id: uuid.UUID) -> list[tuple[str, str]]:
    rows = shop.many(select(CampaignEntry).where(CampaignEntry.campaign_id == campaign_id))
    return sorted((row.buyer_reference, row.outcome) for row in rows)


def status(shop: Shop, campaign_id: uuid.UUID) -> str:
    return str(shop.one(select(Campaign.status).where(Campaign.id == campaign_id)).status)


def test_win_back_reaches_those_whose_last_order_is_long_ago_and_again_after_the_next(
    clock: ModuleType, shop: Shop
) -> None:
    shop.paid_order(buyer="gone")
    clock.move(20 * DAY)
    shop.paid_order(buyer="here")
    clock.move(11 * DAY)
    campaign_id = running_campaign(shop, "win_back", {"days": 30})

    first = run(shop, campaign_id)
    clock.move(600)
    again = run(shop, campaign_id)
    shop.paid_order(buyer="gone")
    clock.move(31 * DAY)
    later = run(shop, campaign_id)

    assert first == again == [("gone", "issued")]
    assert later == [("gone", "issued"), ("gone", "issued"), ("here", "issued")]
    assert {row.source for row in coupons_of(shop)} == {"campaign"}
    shop.audit()


def test_sign_up_greets_those_who_come_after_the_start(clock: ModuleType, shop: Shop) -> None:
    make_buyer(shop, "before")
    clock.move(5)
    campaign_id = running_campaign(shop, "sign_up")
    make_buyer(shop, "after")

    assert run(shop, campaign_id) == [("after", "issued")]
    shop.audit()


def test_birthdays_come_once_a_year(clock: ModuleType, shop: Shop) -> None:
    day = time.now().strftime("%m-%d")
    make_buyer(shop, "today", attributes={"birthday": f"1990-{day}"})
    make_buyer(shop, "other", attributes={"birthday": "nonsense"})
    campaign_id = running_campaign(shop, "birthday")

    first = run(shop, campaign_id)
    clock.move(600)
    again = run(shop, campaign_id)

    assert first == again == [("today", "issued")]
    shop.audit()


def test_the_second_paid_order_and_no_other(shop: Shop) -> None:
    shop.paid_order(buyer="two")
    campaign_id = running_campaign(shop, "nth_order", {"number": 2})
    shop.paid_order(buyer="one")
    shop.paid_order(buyer="two")
    shop.place(buyer="one")

    assert run(shop, campaign_id) == [("two", "issued")]
    shop.audit()


def test_first_visits_channels_and_left_checkouts_are_told_by_sessions(clock: ModuleType, shop: Shop) -> None:
    _session(shop, "known")
    clock.move(5)
    visits = running_campaign(shop, "first_visit")
    channel = running_campaign(shop, "channel", {"source": "news"})
    left = running_campaign(shop, "abandoned_checkout", {"hours": 2})
    _session(shop, "known")
    _session(shop, "new", utm={"source": "news", "medium": "mail"})
    _session(shop, "buys")
    shop.paid_order(buyer="buys")

    assert run(shop, visits) == [("buys", "issued"), ("new", "issued")]
    assert run(shop, channel) == [("new", "issued")]
    assert run(shop, left) == []
    clock.move(3 * 3600)
    assert run(shop, left) == [("known", "issued"), ("new", "issued")]
    _session(shop, "new")
    clock.move(3 * 3600)
    assert run(shop, left) == [("known", "issued"), ("new", "issued")]  # not again within a month
    shop.audit()


def test_a_segment_is_by_groups_and_orders_and_a_file_by_name(shop: Shop) -> None:
    make_buyer(shop, "gold", groups=("gold",))
    make_buyer(shop, "plain")
    shop.paid_order(buyer="gold")
    segment = running_campaign(shop, "segment", audience={"groups": ("gold",), "min_orders": 1})
    none = running_campaign(shop, "segment", audience={"groups": ("gold",), "max_orders": 0})
    file = running_campaign(shop, "file", {"references": ["plain", "nobody", "plain"]})

    assert run(shop, segment) == [("gold", "issued")]
    assert run(shop, none) == []
    assert run(shop, file) == [("nobody", "issued"), ("plain", "issued")]
    shop.audit()


def test_a_second_account_with_the_same_mailbox_gets_nothing(shop: Shop) -> None:
    campaign_id = running_campaign(shop, "sign_up")
    make_buyer(shop, "one", email="ann@example.com")
    run(shop, campaign_id)
    for number in range(3):
        make_buyer(shop, f"farm-{number}", email="Ann+more@example.com" if number else "ann@example.com")
    run_again(shop, campaign_id)

    outcomes = [outcome for _, outcome in decided(shop, campaign_id)]
    assert outcomes.count("issued") == 1
    assert len(coupons_of(shop)) == 1
    shop.audit()


def test_a_limit_per_buyer_of_the_coupon_holds(shop: Shop) -> None:
    template_id = active_template(shop.business_id, max_issued_per_buyer=1)
    for name in ("a", "b"):
        campaign_id = running_campaign(shop, "file", {"references": ["ann"]}, template_id=template_id, name=name)
        last = run(shop, campaign_id)

    assert last == [("ann", "refused")]
    shop.audit()


def test_the_holdout_is_the_same_whoever_asks(shop: Shop) -> None:
    names = [f"b{number:03}" for number in range(200)]
    campaign_id = running_campaign(shop, "file", {"references": names}, holdout_bps=3000)

    outcomes = dict(run(shop, campaign_id))

    held = {name for name, outcome in outcomes.items() if outcome == "held_out"}
    assert held == {name for name in names if rules.is_held_out(campaign_id, name, 3000)}
    assert 30 < len(held) < 90
    assert len(coupons_of(shop)) == 200 - len(held)
    shop.audit()


def test_stock_ends_a_campaign_to_the_coupon(shop: Shop) -> None:
    campaign_id = running_campaign(shop, "file", {"references": list("abcdef")}, max_issued=4)
    small = running_campaign(
        shop, "file", {"references": list("abcdef")}, template_id=active_template(shop.business_id, max_issued=2)
    )

    run(shop, campaign_id)
    run(shop, small)

    assert (len(decided(shop, campaign_id)), status(shop, campaign_id)) == (4, "ended")
    assert (len(decided(shop, small)), status(shop, small)) == (2, "ended")
    shop.audit()


def test_a_budget_ends_a_campaign_once_its_coupons_took_it_off(clock: ModuleType, shop: Shop) -> None:
    campaign_id = running_campaign(shop, "file", {"references": ["ann"]}, budget_minor=100, currency="USD")
    run(shop, campaign_id)
    assert status(shop, campaign_id) == "running"
    _use(shop, "ann")

    clock.move(600)
    run(shop, campaign_id)

    assert status(shop, campaign_id) == "ended"
    shop.audit()


def test_a_scheduled_campaign_begins_and_ends_by_itself(clock: ModuleType, shop: Shop) -> None:
    begins = time.now()
    campaign_id = make_campaign(
        shop,
        "file",
        {"references": ["ann"]},
        starts_at=begins + _seconds(3600),
        ends_at=begins + _seconds(7200),
    )
    manage_campaigns.transition_campaign(shop.business_id, campaign_id, "scheduled", actor="test")

    assert run(shop, campaign_id) == []
    clock.move(3700)
    assert run(shop, campaign_id) == [("ann", "issued")]
    clock.move(3700)
    run(shop, campaign_id)

    assert status(shop, campaign_id) == "ended"
    shop.audit()


def test_a_campaign_whose_coupon_was_switched_off_pauses(shop: Shop) -> None:
    template_id = active_template(shop.business_id)
    campaign_id = running_campaign(shop, "file", {"references": ["ann"]}, template_id=template_id)
    manage_coupons.transition_template(shop.business_id, template_id, "paused", actor="test")

    assert run(shop, campaign_id) == []
    assert status(shop, campaign_id) == "paused"
    shop.audit()


def test_many_workers_at_once_issue_each_coupon_once(shop: Shop) -> None:
    names = [f"b{number:03}" for number in range(250)]
    campaign_id = running_campaign(shop, "file", {"references": names})

    with ThreadPoolExecutor(4) as threads:
        for each in [threads.submit(run_campaigns.run, shop.business_id, campaign_id) for _ in range(8)]:
            each.result()

    assert decided(shop, campaign_id) == [(name, "issued") for name in names]
    assert len(coupons_of(shop)) == 250
    shop.audit()


def test_results_count_orders_in_the_window_and_those_that_would_have_come_anyway(
    clock: ModuleType, shop: Shop
) -> None:
    campaign_id = make_campaign(shop, "file", {"references": ["x"]}, holdout_bps=5000)
    held = [f"h{n}" for n in range(400) if rules.is_held_out(campaign_id, f"h{n}", 5000)][:2]
    treated = [f"t{n}" for n in range(400) if not rules.is_held_out(campaign_id, f"t{n}", 5000)][:4]
    plan = {"references": [*held, *treated]}
    row = read.get_campaign(shop.business_id, campaign_id)
    changed = plan_of(shop, "file", plan, template_id=row.template_id, holdout_bps=5000)
    manage_campaigns.change_campaign(shop.business_id, campaign_id, changed)
    manage_campaigns.transition_campaign(shop.business_id, campaign_id, "running", actor="test")
    run(shop, campaign_id)
    _use(shop, treated[0])
    for name in (*treated[1:3], held[0]):
        shop.paid_order(buyer=name)
    clock.move(31 * DAY)
    shop.paid_order(buyer=held[1])  # too late to count

    found = read.results(shop.business_id, campaign_id)

    assert (found.issued.buyers, found.issued.bought, found.held_out.buyers, found.held_out.bought) == (4, 3, 2, 1)
    assert (found.expected, found.additional, found.used) == (2, 1, 1)
    assert [(each.currency, each.discount_minor, each.revenue_minor) for each in found.money] == [("USD", 100, 900)]
    bought = read.list_entries(shop.business_id, campaign_id, outcome="held_out", bought=True, after=None)
    assert [row.buyer_reference for row in bought] == [held[0]]
    shop.audit()


def test_the_job_finds_what_is_due_and_leaves_the_rest(shop: Shop) -> None:
    campaign_id = running_campaign(shop, "file", {"references": ["ann"]})
    draft = make_campaign(shop, "file", {"references": ["ann"]})

    run_campaigns.run_due()

    assert decided(shop, campaign_id) == [("ann", "issued")]
    assert decided(shop, draft) == []


@pytest.mark.parametrize("trigger", ["win_back", "segment", "first_visit", "abandoned_checkout", "nth_order"])
def test_a_preview_is_what_a_run_then_does(clock: ModuleType, shop: Shop, trigger: Any) -> None:
    make_buyer(shop, "ann")
    shop.paid_order(buyer="bob")
    clock.move(100 * DAY)
    campaign_id = running_campaign(shop, trigger)
    _session(shop, "cara")
    shop.paid_order(buyer="dan")
    shop.paid_order(buyer="dan")
    clock.move(2 * DAY)

    seen = read.preview(shop.business_id, campaign_id)
    done = run(shop, campaign_id)

    assert seen.count == len(done) > 0
    assert [each.reference for each in seen.sample] == [name for name, _ in done]
    assert read.preview(shop.business_id, campaign_id).count == 0


def run_again(shop: Shop, campaign_id: uuid.UUID) -> None:
    with db.phase("test.due", shop.business_id):
        db.write(db.change(Campaign, campaign_id, next_run_at=time.now()), expect=1)
    run_campaigns.run(shop.business_id, campaign_id)


def _seconds(number: int) -> Any:
    return timedelta(seconds=number)


def _session(shop: Shop, buyer: str, utm: dict[str, str] | None = None) -> None:
    """A visit to the panel."""
    with db.phase("test.session", shop.business_id):
        session_id = new_id()
        states.born(SESSION, session_id, reason="opened", actor="test")
        db.add(
            CheckoutSession,
            id=session_id,
            secret_hash=uuid.uuid4().hex,
            items=[{"key": "1", "sku_id": str(shop.sku_id), "quantity": 1}],
            currency="USD",
            buyer_reference=buyer,
            details={"utm": utm} if utm else {},
            expires_at=time.now() + _seconds(3600),
        )


def _use(shop: Shop, buyer: str) -> None:
    """The buyer pays an order with their coupon."""
    [row] = shop.many(select(Coupon).where(Coupon.buyer_reference == buyer, Coupon.status == "issued"))
    command = PlaceOrderCommand(
        items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference=buyer), coupon_codes=[row.code]
    )
    order_id = place_order.place_order(shop.business_id, command)
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
