"""Rule sets: what decides about payments."""

from collections.abc import Callable
from uuid import UUID

from app.api.kit.pagination import Page, page_of
from app.api.kit.shapes import moment_text
from app.api.v1.api import KeyCaller, v1
from app.api.v1.risk.rule_shapes import (
    RiskApproval,
    RiskBacktest,
    RiskBacktestAmount,
    RiskBacktestQuery,
    RiskBacktestRule,
    RiskRuleSet,
    RiskRuleSetChange,
    RiskRuleSetQuery,
    RiskRuleSetRequest,
    RiskRuleSetStatus,
    rules_in,
    rules_out,
)
from app.core.ids import parse, show
from app.domain.risk.types import read_rules
from app.read.risk import rule_sets
from app.workflow.risk import manage_rule_sets
from app.workflow.risk.manage_rule_sets import RuleSetCommand


@v1.get("/risk/rule_sets", query=RiskRuleSetQuery, answer=Page[RiskRuleSet], permission="risk.read", tag="Risk")
def list_risk_rule_sets(caller: KeyCaller, query: RiskRuleSetQuery) -> Page[RiskRuleSet]:
    """List rule sets.

    Newest first. One is on and one in shadow at most.
    """
    found = rule_sets.list_sets(caller.business_id, status=query.status, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_set, key=lambda row: (row.created_at, row.id))


@v1.post(
    "/risk/rule_sets",
    body=RiskRuleSetRequest,
    answer=RiskRuleSet,
    status=201,
    permission="risk.write",
    idempotent=True,
    tag="Risk",
    errors=("invalid_risk_rule", "too_many_rule_sets"),
)
def create_risk_rule_set(caller: KeyCaller, body: RiskRuleSetRequest, claim_id: UUID) -> Callable[[], RiskRuleSet]:
    """Write a rule set.

    It is a draft: move it to `shadow` to try it on payments without refusing any, then request that it is turned on.
    """
    command = RuleSetCommand(name=body.name, rules=rules_in(body.rules), block_at=body.block_at)
    manage_rule_sets.create(caller.business_id, command, actor=caller.actor, rule_set_id=claim_id)
    return lambda: _one(caller, claim_id)


@v1.get("/risk/rule_sets/{risk_rule_set_id}", answer=RiskRuleSet, permission="risk.read", tag="Risk")
def get_risk_rule_set(caller: KeyCaller, risk_rule_set_id: str) -> RiskRuleSet:
    """Get a rule set."""
    return _one(caller, parse("rrs", risk_rule_set_id))


@v1.patch(
    "/risk/rule_sets/{risk_rule_set_id}",
    body=RiskRuleSetChange,
    answer=RiskRuleSet,
    permission="risk.write",
    tag="Risk",
    errors=("invalid_risk_rule", "rule_set_not_draft"),
)
def change_risk_rule_set(caller: KeyCaller, risk_rule_set_id: str, body: RiskRuleSetChange) -> RiskRuleSet:
    """Change a draft."""
    now = rule_sets.get_set(caller.business_id, parse("rrs", risk_rule_set_id))
    command = RuleSetCommand(
        name=body.name or now.name,
        rules=read_rules(now.rules) if body.rules is None else rules_in(body.rules),
        block_at=body.block_at if "block_at" in body.model_fields_set else now.block_at,
    )
    manage_rule_sets.change(caller.business_id, now.id, command, actor=caller.actor)
    return _one(caller, now.id)


@v1.post(
    "/risk/rule_sets/{risk_rule_set_id}/status",
    body=RiskRuleSetStatus,
    answer=RiskRuleSet,
    permission="risk.write",
    tag="Risk",
    errors=("illegal_state", "version_conflict", "rule_set_empty"),
)
def set_risk_rule_set_status(caller: KeyCaller, risk_rule_set_id: str, body: RiskRuleSetStatus) -> RiskRuleSet:
    """Try a rule set in shadow, make it a draft again, or retire it.

    One that is retired decides nothing any more. That needs no second person.
    """
    row_id = parse("rrs", risk_rule_set_id)
    manage_rule_sets.move(caller.business_id, row_id, body.status, actor=caller.actor)
    return _one(caller, row_id)


@v1.post(
    "/risk/rule_sets/{risk_rule_set_id}/request",
    answer=RiskApproval,
    status=202,
    permission="risk.write",
    tag="Risk",
    errors=("rule_set_not_shadow", "version_conflict"),
)
def request_risk_rule_set(caller: KeyCaller, risk_rule_set_id: str) -> RiskApproval:
    """Request that a rule set is turned on.

    A second person decides in the portal. The one that is on until then is retired.
    """
    row_id = parse("rrs", risk_rule_set_id)
    approval_id = manage_rule_sets.request(caller.business_id, row_id, actor=caller.actor)
    return RiskApproval(approval_id=show("apr", approval_id))


@v1.get(
    "/risk/rule_sets/{risk_rule_set_id}/backtest",
    query=RiskBacktestQuery,
    answer=RiskBacktest,
    permission="risk.read",
    tag="Risk",
)
def get_risk_backtest(caller: KeyCaller, risk_rule_set_id: str, query: RiskBacktestQuery) -> RiskBacktest:
    """Try a rule set on past payments.

    On those of the last days that were decided, with the facts as they were. Nothing is changed.
    """
    row = rule_sets.get_set(caller.business_id, parse("rrs", risk_rule_set_id))
    found = rule_sets.backtest(caller.business_id, row.rules, row.block_at, days=query.days)
    return RiskBacktest(
        decisions=found.decisions,
        blocked=found.blocked,
        blocked_before=found.blocked_before,
        good=found.good,
        amounts=[RiskBacktestAmount(currency=each, amount_minor=minor) for each, minor in found.blocked_minor.items()],
        rules=[RiskBacktestRule(name=name, fired=count) for name, count in found.fired.items()],
        order_ids=[show("ord", each) for each in found.order_ids],
        is_cut=found.is_cut,
    )


def _one(caller: KeyCaller, rule_set_id: UUID) -> RiskRuleSet:
    return _set(rule_sets.get_set(caller.business_id, rule_set_id))


def _set(row: rule_sets.RuleSetRow) -> RiskRuleSet:
    return RiskRuleSet(
        id=show("rrs", row.id),
        number=row.number,
        name=row.name,
        status=row.status,
        rules=rules_out(row.rules),
        block_at=row.block_at,
        written_by=row.written_by,
        approval_id=show("apr", row.approval_id) if row.approval_id else None,
        created_at=moment_text(row.created_at),
    )
