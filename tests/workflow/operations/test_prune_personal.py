"""Personal data is pruned after its time, what the books need stays, and each business chooses within bounds."""

from __future__ import annotations

import uuid
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core import context, db
from app.core.db.models import AuditEntry
from app.core.errors import Invalid
from app.domain.accounts.business.models import Business
from app.domain.accounts.privacy import kinds
from app.domain.accounts.privacy.models import RetentionProgress
from app.domain.notifications.mails.models import Mail
from app.domain.orders import types
from app.domain.orders.models import CheckoutSession, Order
from app.domain.orders.types import Buyer, OrderItem
from app.domain.payments.models import ChannelExchange, ChannelNotice
from app.read.accounts.retention import retention
from app.workflow.accounts.set_retention import set_retention
from app.workflow.checkout import open_checkout
from app.workflow.operations import prune_personal
from app.workflow.orders import close_orders, place_order
from app.workflow.steps.operations.note_pruned import write
from tests.factories.openings import changed_settings
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("own_database")

DAY_S = 86_400
PAULA = Buyer(reference="paula-9", email="paula@buyers.example", phone="+4915112345678")


def _after(clock: ModuleType, days: int) -> None:
    clock.move(days * DAY_S + 60)


def _order(shop: Shop, order_id: uuid.UUID) -> Any:
    return shop.one(select(Order.__table__).where(Order.id == order_id))


def _placed(shop: Shop) -> uuid.UUID:
    command = types.PlaceOrderCommand(items=[OrderItem(shop.sku_id, 1)], buyer=PAULA, details={"note": "blue"})
    return place_order.place_order(shop.business_id, command)


def _paid(shop: Shop) -> uuid.UUID:
    order_id = _placed(shop)
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    return order_id


def test_who_never_paid_is_forgotten_and_who_paid_stays(shop: Shop, clock: ModuleType) -> None:
    paid, unpaid = _paid(shop), _placed(shop)
    _after(clock, 1)
    close_orders.close_due()
    _after(clock, kinds.days({}, "unpaid") - 2)
    prune_personal.prune_business(shop.business_id)
    assert _order(shop, unpaid).buyer_email == PAULA.email

    _after(clock, 2)
    prune_personal.prune_business(shop.business_id)

    removed, remaining = _order(shop, unpaid), _order(shop, paid)
    assert (removed.status, removed.buyer_email, removed.buyer_phone, removed.details) == ("closed", None, None, {})
    assert (remaining.buyer_email, remaining.buyer_phone, remaining.details["note"]) == (
        PAULA.email,
        PAULA.phone,
        "blue",
    )
    shop.audit()


def test_what_a_business_chose_beyond_the_installation_goes_when_the_installation_says(
    shop: Shop, clock: ModuleType
) -> None:
    set_retention(shop.business_id, {"unpaid": 730}, actor="test")
    unpaid = _placed(shop)
    _after(clock, 1)
    close_orders.close_due()
    with changed_settings(retention_limits={"unpaid": (None, 10)}):
        _after(clock, 7)
        prune_personal.prune_business(shop.business_id)
        kept = _order(shop, unpaid).buyer_email
        _after(clock, 3)
        prune_personal.prune_business(shop.business_id)

    assert (kept, _order(shop, unpaid).buyer_email) == (PAULA.email, None)
    shop.audit()


def test_what_an_installation_makes_everybody_keep_stays(shop: Shop, clock: ModuleType) -> None:
    set_retention(shop.business_id, {"unpaid": 7}, actor="test")
    unpaid = _placed(shop)
    _after(clock, 1)
    close_orders.close_due()
    with changed_settings(retention_limits={"unpaid": (90, None)}):
        _after(clock, 80)
        prune_personal.prune_business(shop.business_id)

    assert _order(shop, unpaid).buyer_email == PAULA.email
    shop.audit()


def test_a_session_that_became_no_order_loses_its_buyer(shop: Shop, clock: ModuleType) -> None:
    opened = open_checkout.open_checkout(shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=PAULA).session_id
    _after(clock, 1)
    close_orders.close_due()
    _after(clock, kinds.days({}, "unpaid"))
    prune_personal.prune_business(shop.business_id)

    row = shop.one(select(CheckoutSession.__table__).where(CheckoutSession.id == opened))
    assert row.buyer_reference.startswith("erased_")
    assert (row.buyer_email, row.coupon_codes, row.details) == (None, [], {})
    shop.audit()


def test_bodies_of_exchanges_are_emptied_though_nobody_else_may_change_them(shop: Shop, clock: ModuleType) -> None:
    _paid(shop)
    assert any(row.request or row.response for row in shop.many(select(ChannelExchange.__table__)))
    _after(clock, kinds.days({}, "exchanges"))

    prune_personal.prune_business(shop.business_id)

    exchanges, notices = shop.many(select(ChannelExchange.__table__)), shop.many(select(ChannelNotice.__table__))
    assert exchanges
    assert notices
    assert {(row.request, row.response) for row in exchanges} == {("", "")}
    assert {(bytes(row.raw), row.verdict) for row in notices} == {(b"", "accepted")}
    shop.audit()


def test_recipients_of_mails_go_and_a_waiting_mail_stays(shop: Shop, clock: ModuleType) -> None:
    order_id = _paid(shop)
    with db.phase("test.mails", shop.business_id):
        for kind, due in (("receipt", None), ("refund", clock.now())):
            about = {"order_id": order_id, "source_id": order_id, "recipient": PAULA.email, "locale": "en"}
            db.add_once(Mail, kind=kind, details={}, next_attempt_at=due, **about)
    _after(clock, kinds.days({}, "mails"))

    prune_personal.prune_business(shop.business_id)

    assert {row.kind: row.recipient for row in shop.many(select(Mail.__table__))} == {
        "receipt": "",
        "refund": PAULA.email,
    }


def test_pages_follow_one_another_and_the_next_run_begins_where_the_last_ended(
    shop: Shop, clock: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prune_personal, "BATCH", 2)
    for _ in range(3):
        _paid(shop)
    _after(clock, kinds.days({}, "exchanges"))

    first = prune_personal.prune_business(shop.business_id)
    second = prune_personal.prune_business(shop.business_id)

    assert (first >= 6, second) == (True, 0)
    assert {row.request for row in shop.many(select(ChannelExchange.__table__))} == {""}


def test_a_run_that_is_stopped_goes_on_behind_its_last_page(
    shop: Shop, clock: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prune_personal, "BATCH", 2)
    for _ in range(3):
        _paid(shop)
    _after(clock, kinds.days({}, "exchanges"))
    pages: list[str] = []

    def stopped(business_id: uuid.UUID, values: dict[str, Any], first: dict[str, Any]) -> None:
        write(business_id, values, first)
        pages.extend(name for name in values["through"] if name == "exchanges/0")
        if len(pages) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(prune_personal, "write", stopped)
    with pytest.raises(KeyboardInterrupt):
        prune_personal.prune_business(shop.business_id)
    monkeypatch.setattr(prune_personal, "write", write)
    before, place = _emptied(shop), _through(shop)["exchanges/0"]
    prune_personal.prune_business(shop.business_id)

    assert (len(before), uuid.UUID(place.rpartition(" ")[2]) in before) == (2, True)
    assert _emptied(shop) == {row.id for row in shop.many(select(ChannelExchange.__table__))} > before
    assert "exchanges/0" not in _through(shop)


def _emptied(shop: Shop) -> set[uuid.UUID]:
    return {row.id for row in shop.many(select(ChannelExchange.__table__).where(ChannelExchange.request == ""))}


def _through(shop: Shop) -> dict[str, str]:
    with db.system_reading():
        found = db.scalar(select(RetentionProgress.through).where(RetentionProgress.business_id == shop.business_id))
    return dict(found)


def test_each_business_is_processed_once_a_day_and_at_once_after_a_choice(shop: Shop, clock: ModuleType) -> None:
    def ran() -> Any:
        return shop.one(select(RetentionProgress.__table__).where(RetentionProgress.business_id == shop.business_id))

    prune_personal.prune_due()
    first = ran().ran_at
    _after(clock, 0)
    prune_personal.prune_due()
    assert ran().ran_at == first

    set_retention(shop.business_id, {"requests": 1}, actor="test")
    prune_personal.prune_due()

    assert ran().ran_at > first
    assert retention(shop.business_id).chosen["requests"] == 1


def test_choices_have_bounds_and_are_noted(shop: Shop) -> None:
    for wrong in ({"requests": 0}, {"requests": 91}, {"orders": 30}, {"answers": 1}, {"mailbox_codes": 3}, {"else": 3}):
        with pytest.raises(Invalid):
            set_retention(shop.business_id, wrong, actor="test")

    with context.work(actor="usr_01jd63x2hbfg6rw3r000000001", address="192.0.2.1", request_id="req_1"):
        set_retention(shop.business_id, {"mails": 30}, actor="test")

    entry = shop.one(select(AuditEntry.__table__).where(AuditEntry.subject_table == "businesses"))
    assert (entry.before["keep_mails_days"], entry.after["keep_mails_days"]) == (180, 30)


def test_a_choice_outside_its_bounds_counts_as_the_nearest(shop: Shop) -> None:
    with db.system_phase("test.choice"):
        db.run(update(Business).where(Business.id == shop.business_id).values(keep_requests_days=9999))

    assert retention(shop.business_id).chosen["requests"] == 90
