"""A shop that has something to fear."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import pytest
from sqlalchemy import select

from app.core import db
from app.core.ids import show
from app.domain.payments.types import RefundLineCommand
from app.domain.risk.errors import RiskUnderReview
from app.domain.risk.models import RiskDecision, RiskReview
from app.domain.risk.starters import STARTERS
from app.domain.risk.types import Condition, DecisionSubject, EntryKind, EntrySource, ListName, Rule
from app.workflow.accounts.approvals import decide_approval
from app.workflow.payments import refund_order
from app.workflow.risk import manage_entries, manage_rule_sets
from app.workflow.risk.manage_entries import EntryCommand
from app.workflow.risk.manage_rule_sets import RuleSetCommand
from tests.factories.people import make_user
from tests.factories.shop import Shop


def make_entry(
    shop: Shop,
    value: str,
    *,
    kind: EntryKind = EntryKind.BUYER,
    list_name: ListName = ListName.BLOCK,
) -> uuid.UUID:
    """A value on a list; the entry's id."""
    command = EntryCommand(list_name=list_name, kind=kind, value=value, reason="Fraud")
    return manage_entries.add(shop.business_id, command, source=EntrySource.API, actor="test")


def make_rule_set(shop: Shop, *rules: Rule, to: str = "shadow", block_at: int | None = None) -> uuid.UUID:
    """A rule set, by default in shadow; `on` with the approval of a second person. Its id."""
    command = RuleSetCommand(name="Rules", rules=rules or BLOCK_LIST, block_at=block_at)
    rule_set_id = manage_rule_sets.create(shop.business_id, command, actor="test")
    if to != "draft":
        manage_rule_sets.move(shop.business_id, rule_set_id, "shadow", actor="test")
    if to == "on":
        maker, checker = (show("usr", make_user(shop.business_id).user_id) for _ in range(2))
        approval_id = manage_rule_sets.request(shop.business_id, rule_set_id, actor=maker)
        decide_approval.approve(shop.business_id, approval_id, actor=checker, reason="Checked")
    return rule_set_id


def starter(name: str) -> tuple[Rule, ...]:
    """The rules of a starter set."""
    return STARTERS[name][1]


BLOCK_LIST = STARTERS["lists"][1]


def decisions(shop: Shop) -> Sequence[RiskDecision]:
    """What was decided, the oldest first."""
    with db.reading(shop.business_id):
        mine = RiskDecision.business_id == shop.business_id
        return db.rows(select(db.table(RiskDecision)).where(mine).order_by(RiskDecision.id))


REVIEW_ALL = Rule(name="Look first", result="review", when=(Condition("amount", "at_least", 1, "USD"),))


def held(shop: Shop, *, buyer: str = "buyer-1", rules: bool = True, quantity: int = 1) -> uuid.UUID:
    """An order whose payment waits for a review; with `rules`, the rule set that does it is turned on before."""
    if rules:
        make_rule_set(shop, REVIEW_ALL, to="on")
    order_id = shop.place(buyer=buyer, quantity=quantity)
    with pytest.raises(RiskUnderReview):
        shop.pay(order_id)
    return order_id


def reviews(shop: Shop) -> Sequence[RiskReview]:
    """The reviews there are, the oldest first."""
    return shop.many(select(db.table(RiskReview)).order_by(RiskReview.id))


def risk_ids(shop: Shop) -> dict[str, str]:
    """One of each kind: an entry, a rule set, a review and a decision."""
    rule_set_id = make_rule_set(shop)
    shop.pay(shop.place())
    is_on = make_rule_set(shop, REVIEW_ALL, to="on")
    held(shop, rules=False)
    manage_rule_sets.move(shop.business_id, is_on, "retired", actor="test")
    return {
        "risk_review_id": show("rrv", reviews(shop)[-1].id),
        "risk_entry_id": show("rle", make_entry(shop, "theirs")),
        "risk_rule_set_id": show("rrs", rule_set_id),
        "risk_decision_id": show("rdc", decisions(shop)[-1].id),
    }


def refund_by(
    shop: Shop,
    order_id: uuid.UUID,
    actor: str,
    *,
    amount_minor: int | None = None,
    lines: Sequence[RefundLineCommand] = (),
    reason: str = "requested_by_buyer",
    refund_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """A refund that somebody requests; its transaction's id."""
    return refund_order.refund_order(
        shop.business_id,
        order_id,
        amount_minor=amount_minor,
        lines=lines,
        reason=reason,
        actor=actor,
        transaction_id=refund_id,
    )


def refund_rule(result: str, *when: Condition, name: str = "Refunds", score: int = 0) -> Rule:
    """A rule about refunds; without conditions it fires for each."""
    return Rule(
        name=name,
        result=result,
        score=score,
        when=when or (Condition("refund_percent", "at_least", 1),),
        subject=DecisionSubject.REFUND,
    )
