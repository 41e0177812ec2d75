"""The process is stopped dead while somebody mends a case."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.core.ids import derive
from app.domain.reconciliation.models import CaseActivity
from app.workflow.reconciliation import mend_case, sweep_cases
from tests.factories.shop import Shop
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
    again = {"reason": "asked", "actor": "usr_x", "mend_id": derive(case_id, "mend")}
    mend_case.mend(shop.business_id, case_id, "refund_rest", **again)
    carry_on(shop)
    assert [row.body for row in shop.many(notes)] == ["refund_rest: asked"]
    assert [row.status for row in shop.refunds(order_id)] == ["succeeded"]
    sweep_cases.sweep_due()
    shop.audit()
