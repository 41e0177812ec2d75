"""The process is stopped dead around the decision about a refund: it is there with what came of it, or neither is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.core.errors import AppError
from app.core.ids import derive, parse
from app.domain.accounts.business.models import Approval
from app.workflow.accounts.approvals import decide_approval
from app.workflow.reconciliation import mend_case
from tests.factories.people import make_members
from tests.factories.risk import decisions, make_rule_set, refund_rule
from tests.factories.shop import Shop
from tests.faults.act import MENDER
from tests.workflow.reconciliation.test_mend_case import mismatched

POINTS = ("refund_order.reserve.before_commit", "refund_order.reserve.after")
OTHER = "usr_01jd63x2hbfg6rw3r000000004"


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize(("result", "code"), [("approval", "approval_needed"), ("block", "refund_blocked")])
def test_a_decision_is_there_with_what_it_stopped_or_not_at_all(
    shop: Shop, dies: Callable[..., None], point: str, result: str, code: str
) -> None:
    order_id, case_id = mismatched(shop)
    make_members(shop.business_id, MENDER, OTHER)
    make_rule_set(shop, refund_rule(result), to="on")
    again = {"reason": "asked", "actor": MENDER, "mend_id": derive(case_id, "mend")}

    dies(shop, "mend", case_id, at=point)

    asked = select(Approval.id).where(Approval.kind == "refund")
    is_there = point.endswith(".after")
    assert len(decisions(shop)) == is_there
    assert len(shop.many(asked)) == (is_there and result == "approval")
    shop.audit()
    with pytest.raises(AppError) as caught:
        mend_case.mend(shop.business_id, case_id, "refund_rest", **again)
    assert caught.value.code == code
    assert [row.result for row in decisions(shop)] == [result]
    assert shop.refunds(order_id) == []
    if result == "approval":
        approval_id = parse("apr", caught.value.details["approval_id"])
        assert decide_approval.approve(shop.business_id, approval_id, actor=OTHER) == "done"
        assert len(shop.refunds(order_id)) == 1
    shop.audit()


@pytest.mark.parametrize("point", POINTS)
def test_an_allowed_refund_is_made_once_with_its_decision(
    shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str
) -> None:
    order_id, case_id = mismatched(shop)
    make_members(shop.business_id, MENDER)
    make_rule_set(shop, refund_rule("score", score=1), to="on")

    dies(shop, "mend", case_id, at=point)

    assert len(decisions(shop)) == len(shop.refunds(order_id)) == int(point.endswith(".after"))
    again = {"reason": "asked", "actor": MENDER, "mend_id": derive(case_id, "mend")}
    mend_case.mend(shop.business_id, case_id, "refund_rest", **again)
    carry_on(shop)
    assert [row.result for row in decisions(shop)] == ["allow"]
    assert [row.status for row in shop.refunds(order_id)] == ["succeeded"]
    shop.audit()


@pytest.mark.parametrize("point", [*POINTS, "refund_order.call.after"])
def test_a_refund_to_the_wallet_is_made_once(
    shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str
) -> None:
    shop.keep_wallets()
    order_id, case_id = mismatched(shop)
    make_members(shop.business_id, MENDER)
    make_rule_set(shop, refund_rule("wallet_only"), to="on")

    dies(shop, "mend", case_id, at=point)

    shop.audit()
    again = {"reason": "asked", "actor": MENDER, "mend_id": derive(case_id, "mend")}
    mend_case.mend(shop.business_id, case_id, "refund_rest", **again)
    carry_on(shop)
    [refund] = shop.refunds(order_id)
    assert ([row.result for row in decisions(shop)], refund.status) == (["wallet_only"], "succeeded")
    assert shop.refund_attempt(refund.id).channel == "wallet"
    assert -shop.balance("wallet") == 1_000
    shop.audit()
