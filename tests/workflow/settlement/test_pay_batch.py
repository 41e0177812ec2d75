"""Paying batches: by a second person, once, and again after it failed or came back."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from app.core.errors import Conflict
from app.domain.payments.channels.types import Outcome
from app.domain.settlement.clearing.types import ShareTerms
from app.domain.settlement.partners.states import PartnerKind
from app.workflow.accounts.approvals import decide_approval
from app.workflow.payments import record_result
from app.workflow.settlement import manage_partners, pay_batch
from tests.factories.partners import Sharer, sharer_of
from tests.factories.shop import Shop


@pytest.fixture
def sharer(shop: Shop) -> Sharer:
    return sharer_of(shop)


def _closed(sharer: Sharer, kind: PartnerKind = PartnerKind.AUTHOR) -> tuple[uuid.UUID, uuid.UUID]:
    ada = sharer.partner(kind=kind)
    sharer.rule(ShareTerms(party=str(ada), bps=7000))
    sharer.pay_to(ada)
    sharer.sold()
    return ada, sharer.close(ada)


def _decided(sharer: Sharer, batch_id: uuid.UUID) -> str:
    """The batch's status once the company has said what became of its payout."""
    attempt = sharer.shop.refund_attempt(sharer.batch(batch_id).transaction_id)
    sharer.shop.poll(attempt.id)
    return str(sharer.batch(batch_id).status)


@pytest.mark.parametrize("kind", [PartnerKind.AUTHOR, PartnerKind.PLATFORM])
def test_an_approved_batch_is_paid_once(sharer: Sharer, kind: PartnerKind) -> None:
    ada, batch_id = _closed(sharer, kind)
    account = "platform_revenue" if kind == PartnerKind.PLATFORM else "partner"
    owed = sharer.owed(ada, account)

    sharer.settle(batch_id)
    status = _decided(sharer, batch_id)
    pay_batch.pay(sharer.shop.business_id, batch_id, actor=sharer.maker)

    row = sharer.batch(batch_id)
    assert (owed, sharer.owed(ada, account)) == (700, 0)
    assert (status, row.status, row.tries) == ("paid", "paid", 1)


def test_a_batch_that_failed_is_paid_again(sharer: Sharer, next_ref: Callable[[], str]) -> None:
    ada, batch_id = _closed(sharer)
    approval_id = pay_batch.request(sharer.shop.business_id, batch_id, actor=sharer.maker)
    sharer.shop.script("payout", "decline", out_trade_no=next_ref(), value="payee_rejected")
    _approve(sharer, approval_id)
    failed = _decided(sharer, batch_id)
    owed = sharer.owed(ada)

    pay_batch.pay(sharer.shop.business_id, batch_id, actor=sharer.maker)

    assert (failed, owed, _decided(sharer, batch_id), sharer.batch(batch_id).tries) == ("failed", 700, "paid", 2)
    assert sharer.owed(ada) == 0


def test_what_a_bank_returns_is_owed_again_and_later_refunds_do_not_change_the_batch(sharer: Sharer) -> None:
    ada, batch_id = _closed(sharer)
    sharer.settle(batch_id)
    _decided(sharer, batch_id)
    attempt = sharer.shop.refund_attempt(sharer.batch(batch_id).transaction_id)
    later = sharer.sold()
    sharer.close(ada)

    back = Outcome(status="returned", channel_ref=attempt.channel_ref, decline_code="account_closed")
    record_result.record(sharer.shop.business_id, attempt.id, back, source="poll")
    returned = sharer.batch(batch_id).status
    sharer.refund(later)
    pay_batch.pay(sharer.shop.business_id, batch_id, actor=sharer.maker)

    assert (returned, _decided(sharer, batch_id)) == ("returned", "paid")
    assert sharer.owed(ada) == 0
    assert [row.total_minor for row in sharer.batches(ada)] == [700, 700]


def test_a_partner_without_account_or_suspended_is_not_paid(sharer: Sharer) -> None:
    business_id, bo = sharer.shop.business_id, sharer.partner("Bo")
    sharer.rule(ShareTerms(party=str(bo), bps=7000))
    sharer.sold()
    batch_id = sharer.close(bo)

    with pytest.raises(Conflict) as unknown:
        pay_batch.request(business_id, batch_id, actor=sharer.maker)
    sharer.pay_to(bo)
    approval_id = pay_batch.request(business_id, batch_id, actor=sharer.maker)
    manage_partners.suspend(business_id, bo, reason="disputed", actor=sharer.maker)
    refused = _approve(sharer, approval_id)
    manage_partners.resume(business_id, bo, actor=sharer.maker)
    pay_batch.pay(business_id, batch_id, actor=sharer.maker)

    assert (unknown.value.code, refused) == ("no_payee", "failed")
    assert _decided(sharer, batch_id) == "paid"


def test_nothing_is_paid_that_nobody_approved(sharer: Sharer) -> None:
    _, batch_id = _closed(sharer)

    with pytest.raises(Conflict):
        pay_batch.pay(sharer.shop.business_id, batch_id, actor=sharer.maker)

    again = [pay_batch.request(sharer.shop.business_id, batch_id, actor=sharer.maker) for _ in range(2)]
    assert again[0] == again[1]


def _approve(sharer: Sharer, approval_id: uuid.UUID) -> str:
    return decide_approval.approve(sharer.shop.business_id, approval_id, actor=sharer.checker)
