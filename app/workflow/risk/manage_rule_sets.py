"""Rule sets: written as drafts, tried in shadow, and turned on by two people."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.core import db, states
from app.core.db import locks
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.domain.accounts.business.models import Approval
from app.domain.risk import rules
from app.domain.risk.models import RiskRuleSet
from app.domain.risk.states import RISK_RULE_SET, RuleSetStatus
from app.domain.risk.types import Rule
from app.lib.some import some
from app.workflow.steps.accounts import request_approval

MAX_NAME, MAX_SETS = 80, 500
sets = db.table(RiskRuleSet)


@dataclass(frozen=True, kw_only=True)
class RuleSetCommand:
    """What a rule set is called and consists of; with `block_at`, scores that sum to it block."""

    name: str
    rules: Sequence[Rule] = ()
    block_at: int | None = None


def create(
    business_id: uuid.UUID, command: RuleSetCommand, *, actor: str, rule_set_id: uuid.UUID | None = None
) -> uuid.UUID:
    """A new draft; its id. The same `rule_set_id` again changes nothing.

    Raises:
        Invalid: a name or a rule that cannot be. Conflict: the business has MAX_SETS.
    """
    _check(command)
    rule_set_id = rule_set_id or new_id()
    with db.phase("manage_rule_sets.create", business_id):
        locks.hold("risk rule sets")
        if db.scalar(select(sets.c.id).where(sets.c.business_id == db.here(), sets.c.id == rule_set_id)) is not None:
            return rule_set_id
        last = int(db.scalar(select(func.coalesce(func.max(sets.c.number), 0)).where(sets.c.business_id == db.here())))
        if last >= MAX_SETS:
            raise Conflict("too_many_rule_sets", f"A business can have at most {MAX_SETS} rule sets.")
        db.add(
            RiskRuleSet,
            id=rule_set_id,
            number=last + 1,
            name=command.name.strip(),
            rules=rules.write(command.rules),
            block_at=command.block_at,
            written_by=actor,
        )
        states.born(RISK_RULE_SET, rule_set_id, reason="written", actor=actor)
    return rule_set_id


def change(business_id: uuid.UUID, rule_set_id: uuid.UUID, command: RuleSetCommand, *, actor: str) -> None:
    """Write a draft anew.

    Raises:
        NotFound: no such rule set. Invalid: a name or a rule that cannot be. Conflict: it is no draft any more.
    """
    _check(command)
    with db.phase("manage_rule_sets.change", business_id):
        if db.lock(RiskRuleSet, rule_set_id).status != RuleSetStatus.DRAFT:
            raise Conflict("rule_set_not_draft", "Only a draft can be changed. Copy this rule set to change something.")
        changed = db.change(
            RiskRuleSet,
            rule_set_id,
            name=command.name.strip(),
            rules=rules.write(command.rules),
            block_at=command.block_at,
            written_by=actor,
        )
        db.write(changed, expect=1)


def move(business_id: uuid.UUID, rule_set_id: uuid.UUID, to: str, *, actor: str) -> None:
    """Try a draft in `shadow`, make it a `draft` again, or let a rule set decide and be tried no more (`retired`). What
    was in shadow before becomes a draft.

    Raises:
        NotFound: no such rule set. IllegalTransition: it cannot go there from where it is. Conflict: it has no rules.
    """
    with db.phase("manage_rule_sets.move", business_id):
        locks.hold("risk rule sets")
        row = db.lock(RiskRuleSet, rule_set_id)
        if to == row.status:
            return
        if to == RuleSetStatus.ON:
            raise Conflict("approval_needed", "Request that it is turned on: a second person decides.")
        if to == RuleSetStatus.SHADOW:
            if not row.rules:
                raise Conflict("rule_set_empty", "Add a rule first.")
            before = _of(RuleSetStatus.SHADOW)
            if before is not None:
                _advance(before, RuleSetStatus.DRAFT, reason=f"rule set {row.number} takes its place", actor=actor)
                db.flush()
        _advance(row, to, reason=to, actor=actor)


def request(business_id: uuid.UUID, rule_set_id: uuid.UUID, *, actor: str, reason: str = "") -> uuid.UUID:
    """Ask a second person to turn the rule set on that is in shadow; the approval's id. Asked again while that waits,
    it is the same one.

    Raises:
        NotFound: no such rule set. Conflict: it is not in shadow. Denied: by a key that nobody stands for.
    """
    with db.phase("manage_rule_sets.request", business_id):
        row = db.lock(RiskRuleSet, rule_set_id)
        if row.status != RuleSetStatus.SHADOW:
            raise Conflict("rule_set_not_shadow", "Try it in shadow first: it decides nothing there.")
        if request_approval.waits(row.approval_id):
            return some(row.approval_id)
        approval_id = request_approval.request(
            "risk_rules",
            new_id(),
            actor=actor,
            reason=reason.strip() or row.name,
            payload={
                "rule_set_id": str(row.id),
                "title": row.name,
                "number": row.number,
                "rules": row.rules,
                "block_at": row.block_at,
            },
        )
        db.flush()
        db.write(db.change(RiskRuleSet, row.id, approval_id=approval_id), expect=1)
        return approval_id


def turn_on(business_id: uuid.UUID, approval: Approval) -> None:
    """Let the rule set decide that was approved; the one before it is retired. Safe to call again.

    Raises:
        Conflict: it was taken back or changed meanwhile.
    """
    with db.phase("manage_rule_sets.turn_on", business_id):
        locks.hold("risk rule sets")
        row = db.lock(RiskRuleSet, uuid.UUID(approval.payload["rule_set_id"]))
        if row.approval_id == approval.id and row.status in (RuleSetStatus.ON, RuleSetStatus.RETIRED):
            return
        same = (row.rules, row.block_at) == (approval.payload["rules"], approval.payload["block_at"])
        if row.approval_id != approval.id or row.status != RuleSetStatus.SHADOW or not same:
            raise Conflict("version_conflict", "This rule set was changed or taken back in the meantime.")
        before = _of(RuleSetStatus.ON)
        actor = some(approval.decided_by)
        if before is not None:
            _advance(before, RuleSetStatus.RETIRED, reason=f"rule set {row.number} takes its place", actor=actor)
            db.flush()
        _advance(row, RuleSetStatus.ON, reason="approved", actor=actor)


def _advance(row: RiskRuleSet, to: str, *, reason: str, actor: str) -> None:
    payload = {"risk_rule_set_id": str(row.id)}
    states.advance(RISK_RULE_SET, row, to, reason=reason, actor=actor, payload=payload)


def _of(status: str) -> RiskRuleSet | None:
    mine = sets.c.business_id == db.here(), sets.c.status == status
    return db.first(select(sets).where(*mine).with_for_update())


def _check(command: RuleSetCommand) -> None:
    if not 0 < len(command.name.strip()) <= MAX_NAME or not command.name.strip().isprintable():
        text = f"Enter a name of at most {MAX_NAME} characters."
        raise Invalid("invalid_risk_rule", text, details={"param": "name"})
    rules.check(command.rules, command.block_at)
