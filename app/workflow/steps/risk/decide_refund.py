"""The decision about a refund that somebody requests: what the business's rules for refunds make of it. What the system
pays back by itself is never decided about."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.core import db
from app.core.db import locks
from app.core.ids import new_id
from app.core.money import Money
from app.domain.accounts.business.models import Approval
from app.domain.accounts.business.rules import is_person_or_key
from app.domain.orders.models import Order
from app.domain.risk.models import RiskDecision, RiskRuleSet
from app.domain.risk.states import TRIED, RuleSetStatus
from app.domain.risk.types import DecisionSubject, KeptFacts, KeptSet, Result, Verdict, has_rules_for
from app.workflow.steps.risk import refund_facts
from app.workflow.steps.risk.decide_payment import device_key, email_key, verdict_of

approvals, decisions, sets = db.table(Approval), db.table(RiskDecision), db.table(RiskRuleSet)
HasWallet = Callable[[Order], bool]


@dataclass(frozen=True, kw_only=True)
class RefundCommand:
    """A refund that is requested: of so much, for this reason, by whom, as which transaction."""

    refund_id: uuid.UUID
    money: Money
    reason: str
    actor: str


def decide_refund(order: Order, command: RefundCommand, has_wallet: HasWallet) -> Result:
    """In the open phase, with the order locked: what the rules say, which is kept. The same request again is not
    decided about again, nor is one that waited for its approval already. Refunds of a business that has rules for
    them are decided about one after the other, so that two at once count each other; of any other business its
    rule sets are read and nothing else happens. `WALLET_ONLY`: it goes to the buyer's wallet; a
    person decides instead (`APPROVAL`) about a buyer without one, as `has_wallet` says."""
    if not is_person_or_key(command.actor):
        return Result.ALLOW
    tried = _tried()
    if not tried:
        return Result.ALLOW
    known = _known(command.refund_id)
    if known is not None:
        return known
    locks.hold("risk refunds")
    return _decide(order, command, tried, has_wallet)


def foresee_refund(order: Order, command: RefundCommand, has_wallet: HasWallet) -> Result:
    """In the open transaction: what `decide_refund` would say of a refund that nobody requested yet. Nothing is
    written, and others are not waited for."""
    tried = _tried() if is_person_or_key(command.actor) else []
    is_on = _of(RuleSetStatus.ON, tried)
    if is_on is None:
        return Result.ALLOW
    facts, _ = _facts_of(order, command)
    return _reachable(order, _verdict(facts, is_on), has_wallet)


def _tried() -> list[KeptSet]:
    here = sets.c.business_id == db.here(), sets.c.status.in_(TRIED)
    found: list[KeptSet] = [
        {"id": str(row.id), "status": row.status, "block_at": row.block_at, "rules": row.rules}
        for row in db.rows(select(sets).where(*here).limit(len(TRIED)))
    ]
    return [each for each in found if has_rules_for(each, DecisionSubject.REFUND)]


def _known(refund_id: uuid.UUID) -> Result | None:
    mine = decisions.c.business_id == db.here(), decisions.c.refund_id == refund_id
    result = db.scalar(select(decisions.c.result).where(*mine))
    if result is not None:
        return Result(result)
    asked = approvals.c.business_id == db.here(), approvals.c.transaction_id == refund_id
    return Result.ALLOW if db.scalar(select(approvals.c.id).where(*asked)) is not None else None


def _of(status: str, tried: Sequence[KeptSet]) -> KeptSet | None:
    return next((each for each in tried if each["status"] == status), None)


def _decide(order: Order, command: RefundCommand, tried: Sequence[KeptSet], has_wallet: HasWallet) -> Result:
    facts, entry_ids = _facts_of(order, command)
    is_on, in_shadow = _of(RuleSetStatus.ON, tried), _of(RuleSetStatus.SHADOW, tried)
    verdict = _verdict(facts, is_on)
    result = _reachable(order, verdict, has_wallet)
    shadow = verdict_of(facts, in_shadow, DecisionSubject.REFUND)
    db.add(
        RiskDecision,
        id=new_id(),
        subject=DecisionSubject.REFUND,
        order_id=order.id,
        refund_id=command.refund_id,
        buyer_reference=order.buyer_reference,
        email_key=email_key(order.buyer_email),
        device_key=device_key(order.details.get("buyer_device")),
        currency=command.money.currency,
        amount_minor=command.money.minor,
        facts=facts,
        entry_ids=list(entry_ids),
        rule_set_id=uuid.UUID(is_on["id"]) if is_on else None,
        result=result,
        score=verdict.score,
        fired=list(verdict.fired),
        shadow_set_id=uuid.UUID(in_shadow["id"]) if in_shadow else None,
        shadow_result=shadow.result if shadow else None,
        shadow_score=shadow.score if shadow else 0,
        shadow_fired=list(shadow.fired) if shadow else [],
    )
    return result


def _facts_of(order: Order, command: RefundCommand) -> tuple[KeptFacts, Sequence[uuid.UUID]]:
    return refund_facts.facts_of(order, money=command.money, reason=command.reason, actor=command.actor)


def _verdict(facts: KeptFacts, is_on: KeptSet | None) -> Verdict:
    return verdict_of(facts, is_on, DecisionSubject.REFUND) or Verdict(Result.ALLOW)


def _reachable(order: Order, verdict: Verdict, has_wallet: HasWallet) -> Result:
    if verdict.result == Result.WALLET_ONLY and not has_wallet(order):
        return Result.APPROVAL
    return verdict.result
