"""The process is stopped dead while somebody mends a case."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.core.ids import derive
from app.domain.accounts.business.errors import ApprovalNeeded
from app.domain.accounts.business.models import Approval
from app.domain.reconciliation.models import CaseActivity
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.reconciliation import mend_case, sweep_cases
from tests.factories.people import make_members
from tests.factories.shop import Shop
from tests.faults.act import MENDER
from tests.workflow.reconciliation.test_mend_case import mismatched

POINTS = ("refund_order.reserve.before_commit", "refund_order.reserve.after")


@pytest.mark.parametrize("point", POINTS)
def test_a_mend_and_its_note_are_both_there_or_neither(
    shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str
) -> None:
    order_id, case_id = mismatched(shop)

    dies(shop, "mend", case_id, at=point)

    notes = select(CaseActivity.body).where(CaseActivity.case_id == case_id)
    assert len(shop.many(notes)) == len(shop.refunds(order_id)) == int(point.endswith(".after"))
    again = {"reason": "asked", "actor": MENDER, "mend_id": derive(case_id, "mend")}
    mend_case.mend(shop.business_id, case_id, "refund_rest", **again)
    carry_on(shop)
    assert [row.body for row in shop.many(notes)] == ["refund_rest: asked"]
    assert [row.status for row in shop.refunds(order_id)] == ["succeeded"]
    sweep_cases.sweep_due()
    shop.audit()


@pytest.mark.parametrize("point", POINTS)
def test_a_request_of_an_approval_and_its_note_are_both_there_or_neither(
    shop: Shop, dies: Callable[..., None], point: str
) -> None:
    _order_id, case_id = mismatched(shop)
    make_members(shop.business_id, MENDER)
    set_approval_limits(shop.business_id, {"refund": {"USD": 1}})

    dies(shop, "mend", case_id, at=point)

    notes = select(CaseActivity.body).where(CaseActivity.case_id == case_id)
    waiting = shop.many(select(Approval.status).where(Approval.kind == "refund"))
    requested = [row.body for row in shop.many(notes) if row.body == "refund_rest: approval requested"]
    assert len(waiting) == len(requested) == int(point.endswith(".after"))
    again = {"reason": "asked", "actor": MENDER, "mend_id": derive(case_id, "mend")}
    with pytest.raises(ApprovalNeeded):
        mend_case.mend(shop.business_id, case_id, "refund_rest", **again)
    assert [row.body for row in shop.many(notes)].count("refund_rest: approval requested") == 1
