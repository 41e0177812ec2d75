"""Mending cases: a look, then the use case behind it."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.core.money import Money
from app.domain.payments.channels.types import Outcome
from app.domain.reconciliation.models import Case, CaseActivity
from app.workflow.payments import record_result
from app.workflow.reconciliation import mend_case, sweep_cases
from tests.factories.shop import Shop

WHO = "usr_somebody"


def mismatched(shop: Shop) -> tuple[uuid.UUID, uuid.UUID]:
    """A paid order, and the case of a notice that says another amount."""
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    said = Outcome(status="succeeded", amount=Money(999, "USD"))
    record_result.record(shop.business_id, attempt_id, said, source="notice")
    return order_id, uuid.UUID(str(shop.one(select(Case.id).where(Case.subject_id == attempt_id)).id))


def test_a_mismatch_is_mended_by_a_refund_and_then_resolves_by_itself(shop: Shop) -> None:
    order_id, case_id = mismatched(shop)
    looked = mend_case.look(shop.business_id, case_id, "refund_rest")

    assert (looked.look.is_possible, looked.look.money) == (True, Money(1000, "USD"))
    assert shop.refunds(order_id) == []
    mend_id = new_id()
    for _ in range(2):
        mend_case.mend(shop.business_id, case_id, "refund_rest", reason="duplicate", actor=WHO, mend_id=mend_id)
    sweep_cases.sweep_due()

    assert [refund.amount_minor for refund in shop.refunds(order_id)] == [1000]
    row = shop.one(select(Case.status, Case.resolved_by).where(Case.id == case_id))
    assert tuple(row) == ("resolved", "system")
    assert len(shop.many(select(CaseActivity.id).where(CaseActivity.case_id == case_id))) == 1
    shop.audit()


def test_what_cannot_be_mended_is_refused(shop: Shop) -> None:
    _, case_id = mismatched(shop)

    with pytest.raises(Invalid):
        mend_case.mend(shop.business_id, case_id, "refund_rest", reason=" ", actor=WHO, mend_id=new_id())
    with pytest.raises(NotFound):
        mend_case.look(shop.business_id, case_id, "enable_endpoint")
    with pytest.raises(Conflict):  # the payment is decided
        mend_case.mend(shop.business_id, case_id, "poll", reason="why", actor=WHO, mend_id=new_id())
