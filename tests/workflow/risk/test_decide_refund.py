"""Requests for refunds are decided about: what rules hold waits for a second person, what they refuse is not made, what
the system pays back by itself is asked about never, and without rules a refund costs one read more."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core import db, ids
from app.core.ids import new_id, show
from app.domain.accounts.business.errors import ApprovalNeeded
from app.domain.orders.models import OrderLine
from app.domain.payments.models import PaymentTransaction
from app.domain.payments.types import RefundLineCommand
from app.domain.risk.errors import RefundBlocked
from app.domain.risk.types import Condition, ListName
from app.workflow.accounts.approvals import decide_approval
from tests.factories.people import make_user
from tests.factories.risk import decisions, make_entry, make_rule_set, refund_by, refund_rule
from tests.factories.shop import Shop
from tests.plans import noting


def person(shop: Shop) -> str:
    return show("usr", make_user(shop.business_id).user_id)


def refunds(shop: Shop) -> int:
    table = db.table(PaymentTransaction)
    mine = table.c.business_id == shop.business_id, table.c.kind == "refund"
    with db.reading(shop.business_id):
        return int(db.scalar(select(func.count()).select_from(table).where(*mine)))


def line_of(shop: Shop, order_id: uuid.UUID) -> uuid.UUID:
    table = db.table(OrderLine)
    [row] = shop.many(select(table).where(table.c.business_id == shop.business_id, table.c.order_id == order_id))
    found: uuid.UUID = row.id
    return found


def held(shop: Shop, order_id: uuid.UUID, actor: str, **more: Any) -> uuid.UUID:
    """A refund that waits; the approval's id."""
    with pytest.raises(ApprovalNeeded) as caught:
        refund_by(shop, order_id, actor, **more)
    return ids.parse("apr", caught.value.details["approval_id"])


def test_what_rules_allow_is_refunded_and_kept(shop: Shop) -> None:
    order_id, actor = shop.paid_order(), person(shop)
    make_rule_set(shop, refund_rule("score", score=7), to="on")

    refund_id = refund_by(shop, order_id, actor, amount_minor=400)

    [decision] = decisions(shop)
    assert (decision.subject, decision.refund_id, decision.order_id) == ("refund", refund_id, order_id)
    assert (decision.result, decision.score, decision.fired, decision.amount_minor) == ("allow", 7, ["Refunds"], 400)
    assert decision.facts["refund_percent"] == 40
    assert refunds(shop) == 1
    shop.audit()


def test_what_rules_hold_waits_for_a_second_person(shop: Shop) -> None:
    order_id, actor, other = shop.paid_order(), person(shop), person(shop)
    make_rule_set(shop, refund_rule("approval"), to="on")
    refund_id = new_id()

    approval_id = held(shop, order_id, actor, refund_id=refund_id)
    assert held(shop, order_id, actor, refund_id=refund_id) == approval_id
    shop.audit()
    assert (refunds(shop), len(decisions(shop))) == (0, 1)

    assert decide_approval.approve(shop.business_id, approval_id, actor=other) == "done"

    [decision] = decisions(shop)
    assert (decision.result, decision.refund_id) == ("approval", refund_id)
    assert shop.refund_attempt(refund_id).amount_minor == 1_000
    shop.audit()


def test_a_rejected_refund_is_not_made(shop: Shop) -> None:
    order_id, actor, other = shop.paid_order(), person(shop), person(shop)
    make_rule_set(shop, refund_rule("approval"), to="on")

    approval_id = held(shop, order_id, actor)
    decide_approval.reject(shop.business_id, approval_id, actor=other, reason="Downloaded it all")

    assert refunds(shop) == 0
    shop.audit()


def test_what_rules_refuse_is_never_made(shop: Shop) -> None:
    order_id, actor, refund_id = shop.paid_order(), person(shop), new_id()
    make_rule_set(shop, refund_rule("block", name="Secret rule"), to="on")

    for _ in range(2):
        with pytest.raises(RefundBlocked) as caught:
            refund_by(shop, order_id, actor, refund_id=refund_id)

    assert "Secret" not in caught.value.message
    assert [row.result for row in decisions(shop)] == ["block"]
    assert (refunds(shop), shop.order(order_id).status) == (0, "fulfilled")
    shop.audit()


def test_scores_that_sum_to_it_refuse(shop: Shop) -> None:
    order_id, actor = shop.paid_order(), person(shop)
    make_rule_set(
        shop,
        refund_rule("score", name="One", score=60),
        refund_rule("score", Condition("minutes_since_payment", "at_most", 5), name="Two", score=40),
        to="on",
        block_at=100,
    )

    with pytest.raises(RefundBlocked):
        refund_by(shop, order_id, actor)

    [decision] = decisions(shop)
    assert (decision.score, decision.fired) == (100, ["One", "Two"])


def test_a_shadow_holds_nothing_and_is_kept(shop: Shop) -> None:
    order_id, actor = shop.paid_order(), person(shop)
    shadow = make_rule_set(shop, refund_rule("block"))

    refund_by(shop, order_id, actor)

    [decision] = decisions(shop)
    assert (decision.result, decision.rule_set_id) == ("allow", None)
    assert (decision.shadow_set_id, decision.shadow_result) == (shadow, "block")
    assert refunds(shop) == 1
    shop.audit()


def test_whoever_is_on_the_allow_list_is_refunded(shop: Shop) -> None:
    order_id, actor = shop.paid_order(), person(shop)
    make_rule_set(shop, refund_rule("block"), to="on")
    make_entry(shop, "buyer-1", list_name=ListName.ALLOW)

    refund_by(shop, order_id, actor)

    assert refunds(shop) == 1


@pytest.mark.parametrize("actor", ["system", "system:waited", "test"])
def test_the_system_is_never_held(shop: Shop, actor: str) -> None:
    order_id = shop.paid_order()
    make_rule_set(shop, refund_rule("block"), to="on")

    refund_by(shop, order_id, actor)

    assert (decisions(shop), refunds(shop)) == ([], 1)
    shop.audit()


def test_rules_about_refunds_decide_about_no_payment(shop: Shop) -> None:
    make_rule_set(shop, refund_rule("block"), to="on")

    order_id = shop.paid_order()

    assert decisions(shop) == []
    assert shop.order(order_id).status == "fulfilled"


def test_rules_about_payments_decide_about_no_refund(shop: Shop) -> None:
    order_id, actor = shop.paid_order(), person(shop)
    make_rule_set(shop, to="on")
    make_entry(shop, "buyer-1")

    refund_by(shop, order_id, actor)

    assert (decisions(shop), refunds(shop)) == ([], 1)


@pytest.mark.parametrize("how", ["all", "part", "line"])
@pytest.mark.parametrize("result", ["score", "approval", "block"])
def test_each_kind_of_refund_is_decided(shop: Shop, how: str, result: str) -> None:
    order_id, actor, other = shop.paid_order(quantity=2), person(shop), person(shop)
    make_rule_set(shop, refund_rule(result), to="on")
    asked: dict[str, Any] = {
        "all": {},
        "part": {"amount_minor": 300},
        "line": {"lines": [RefundLineCommand(line_id=line_of(shop, order_id), quantity=1)]},
    }[how]
    minor = {"all": 2_000, "part": 300, "line": 1_000}[how]

    if result == "score":
        refund_by(shop, order_id, actor, **asked)
    elif result == "block":
        with pytest.raises(RefundBlocked):
            refund_by(shop, order_id, actor, **asked)
    else:
        approval_id = held(shop, order_id, actor, **asked)
        decide_approval.approve(shop.business_id, approval_id, actor=other)

    [decision] = decisions(shop)
    assert decision.amount_minor == minor
    assert refunds(shop) == (result != "block")
    shop.audit()


def test_what_was_requested_before_there_were_rules_goes_on(shop: Shop) -> None:
    order_id, actor, other = shop.paid_order(), person(shop), person(shop)
    shadow = make_rule_set(shop, refund_rule("approval"), to="on")
    approval_id = held(shop, order_id, actor)
    make_rule_set(shop, refund_rule("block"), to="on")

    assert decide_approval.approve(shop.business_id, approval_id, actor=other) == "done"

    assert [(row.rule_set_id, row.result) for row in decisions(shop)] == [(shadow, "approval")]
    shop.audit()


def test_a_business_without_rules_pays_one_read(shop: Shop) -> None:
    order_id, actor = shop.paid_order(), person(shop)

    with noting() as noted:
        refund_by(shop, order_id, actor)

    about = [text for _, text in noted if "risk_" in text or "risk refunds" in text]
    assert len(about) == 1
    assert "FROM risk_rule_sets" in about[0]
