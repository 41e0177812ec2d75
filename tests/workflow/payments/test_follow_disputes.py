"""Disputes: followed, held in the ledger, and booked once."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app.domain.ledger.models import LedgerJournal
from app.domain.payments.errors import NotRefundable
from app.domain.reconciliation.models import Case
from app.workflow.payments import follow_disputes
from tests.factories.disputes import Disputes, paid_attempt
from tests.factories.shop import Shop

cases, journals = Case.__table__, LedgerJournal.__table__


@pytest.fixture
def disputes(shop: Shop) -> Disputes:
    return Disputes(shop)


def open_cases(shop: Shop) -> list[str]:
    here = cases.c.business_id == shop.business_id, cases.c.status == "open"
    return [row.kind for row in shop.many(select(cases).where(*here))]


def booked(shop: Shop, dispute_id: uuid.UUID) -> list[str]:
    found = select(journals.c.template).where(journals.c.subject_id == dispute_id).order_by(journals.c.id)
    return [row.template for row in shop.many(found)]


def test_the_money_is_held_while_nobody_has_decided(shop: Shop, disputes: Disputes) -> None:
    order_id, attempt_id = paid_attempt(shop)

    number = disputes.open(attempt_id, fee=1500, reason="fraudulent", due_at="2027-01-15T12:00:00+00:00")

    found = disputes.one(number)
    assert (found.status, found.held_minor, found.fee_minor, found.order_id) == ("needs_response", 1000, 1500, order_id)
    assert (found.reason_code, found.due_at.isoformat()) == ("fraudulent", "2027-01-15T12:00:00+00:00")
    assert shop.balance("disputed") == 1000
    assert shop.balance("channel_fees") == 1500
    assert shop.balance("channel_clearing") == -1500
    assert "dispute_open" in open_cases(shop)
    shop.audit()


def test_a_won_dispute_gives_the_money_back_once(shop: Shop, disputes: Disputes) -> None:
    _, attempt_id = paid_attempt(shop)
    number = disputes.open(attempt_id)

    disputes.say("dispute.won", number, attempt_id)
    disputes.say("dispute.won", number, attempt_id)

    found = disputes.one(number)
    assert (found.status, found.held_minor, found.lost_minor) == ("won", 0, 0)
    assert booked(shop, found.id) == ["dispute_held", "dispute_released"]
    assert (shop.balance("disputed"), shop.balance("channel_clearing")) == (0, 1000)
    assert "dispute_open" not in open_cases(shop)
    shop.audit()


def test_a_lost_dispute_takes_the_money_and_the_goods(shop: Shop, disputes: Disputes) -> None:
    order_id, attempt_id = paid_attempt(shop)
    number = disputes.open(attempt_id)

    disputes.say("dispute.lost", number, attempt_id)

    found = disputes.one(number)
    assert (found.status, found.held_minor, found.lost_minor) == ("lost", 0, 1000)
    assert booked(shop, found.id) == ["dispute_held", "dispute_lost"]
    assert (shop.balance("disputed"), shop.balance("channel_clearing"), shop.balance("merchant_payable")) == (0, 0, 0)
    assert {row.status for row in shop.entitlements()} == {"revoked"}
    with pytest.raises(NotRefundable) as refused:
        shop.refund(order_id)
    assert refused.value.code == "payment_disputed"
    shop.audit()


def test_a_dispute_lost_in_part_loses_that_part(shop: Shop, disputes: Disputes) -> None:
    _, attempt_id = paid_attempt(shop)
    number = disputes.open(attempt_id)

    disputes.say("dispute.partly_lost", number, attempt_id, lost=400)

    found = disputes.one(number)
    assert (found.status, found.lost_minor) == ("partly_lost", 400)
    assert (shop.balance("disputed"), shop.balance("channel_clearing")) == (0, 600)
    shop.audit()


def test_nothing_is_refunded_while_the_company_holds_it(shop: Shop, disputes: Disputes) -> None:
    order_id, attempt_id = paid_attempt(shop)
    number = disputes.open(attempt_id)

    with pytest.raises(NotRefundable) as refused:
        shop.refund(order_id, 1)
    disputes.say("dispute.won", number, attempt_id)
    shop.refund(order_id, 1)

    assert refused.value.code == "payment_disputed"
    shop.audit()


def test_a_dispute_that_takes_no_money_does_not_stand_in_the_way_of_a_refund(shop: Shop, disputes: Disputes) -> None:
    order_id, attempt_id = paid_attempt(shop)

    number = disputes.open(attempt_id, taken=False)
    shop.refund(order_id, 1)

    assert disputes.one(number).held_minor == 0
    shop.audit()


def test_a_dispute_of_a_foreign_payment_is_followed_too(shop: Shop, disputes: Disputes) -> None:
    disputes.say("dispute.opened", "d-foreign")

    found = disputes.one("d-foreign")
    assert (found.order_id, found.held_minor, shop.balance("disputed")) == (None, 1000, 1000)
    disputes.say("dispute.lost", "d-foreign")
    assert shop.balance("disputed") == 0
    shop.audit()


def test_ten_notices_at_once_open_one_dispute(shop: Shop, disputes: Disputes) -> None:
    _, attempt_id = paid_attempt(shop)
    number = disputes.open(attempt_id)

    def again(_: int) -> None:
        follow_disputes.heard(shop.business_id, shop.account_id, channel_ref=number, attempt_id=attempt_id)

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(again, range(10)))

    assert booked(shop, disputes.one(number).id) == ["dispute_held"]
    shop.audit()
