"""Decisions: what rules made of payments and refunds."""

from typing import Annotated

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, Currency, Moment, OneOf, OrderId, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.domain.risk.types import DecisionSubject, Result
from app.read.risk import decisions as read

Fired = Annotated[list[str], Field(description="Names of the rules that fired.")]


class RiskDecision(Answer):
    """What the rules made of one payment, or one request for a refund, before any company heard of it."""

    id: str
    subject: Annotated[str, OneOf(DecisionSubject)]
    order_id: str
    refund_id: Annotated[str | None, Field(description="The refund, which exists once it was allowed or approved.")]
    result: Annotated[str, OneOf(Result)]
    score: int
    fired: Fired
    rule_set_id: Annotated[str | None, Field(description="The one that was on; null without one.")]
    shadow_result: Annotated[
        Annotated[str, OneOf(Result)] | None,
        Field(description="What the rule set in shadow would have done; null without one."),
    ]
    shadow_score: int
    shadow_fired: Fired
    shadow_set_id: str | None
    facts: Annotated[
        dict[str, int | bool | str | None], Field(description="The facts as they were; null where nothing was known.")
    ]
    currency: Currency
    amount_minor: int
    buyer_reference: str
    buyer_ip: Annotated[
        str | None, Field(description="Removed after the time that you keep it; null for keys that do not see buyers.")
    ]
    created_at: Moment


class RiskDecisionQuery(ListQuery):
    """Which decisions."""

    result: Annotated[str, OneOf(Result)] | None = None
    shadow_result: Annotated[str, OneOf(Result)] | None = None
    subject: Annotated[str, OneOf(DecisionSubject)] | None = None
    order_id: OrderId | None = None
    rule_set_id: Annotated[
        str | None, Field(pattern="^rrs_", max_length=40, description="Decided by it, or with it in shadow.")
    ] = None


@v1.get(
    "/risk/decisions",
    query=RiskDecisionQuery,
    answer=Page[RiskDecision],
    permission="risk.read",
    tag="Risk",
    errors=("not_found",),
)
def list_risk_decisions(caller: KeyCaller, query: RiskDecisionQuery) -> Page[RiskDecision]:
    """List decisions.

    Newest first.
    """
    found = read.list_decisions(
        caller.business_id,
        result=query.result,
        shadow_result=query.shadow_result,
        subject=query.subject,
        order_id=parse("ord", query.order_id) if query.order_id else None,
        rule_set_id=parse("rrs", query.rule_set_id) if query.rule_set_id else None,
        after=query.after(),
        limit=query.limit,
    )
    return page_of(
        found, limit=query.limit, item=lambda row: _decision(row, caller), key=lambda row: (row.created_at, row.id)
    )


@v1.get("/risk/decisions/{risk_decision_id}", answer=RiskDecision, permission="risk.read", tag="Risk")
def get_risk_decision(caller: KeyCaller, risk_decision_id: str) -> RiskDecision:
    """Get a decision."""
    return _decision(read.get_decision(caller.business_id, parse("rdc", risk_decision_id)), caller)


def _decision(row: read.DecisionRow, caller: KeyCaller) -> RiskDecision:
    same = ("subject", "result", "score", "fired", "shadow_result", "shadow_score", "shadow_fired", "facts", "currency")
    return RiskDecision(
        id=show("rdc", row.id),
        order_id=show("ord", row.order_id),
        refund_id=show("rfd", row.refund_id) if row.refund_id else None,
        rule_set_id=show("rrs", row.rule_set_id) if row.rule_set_id else None,
        shadow_set_id=show("rrs", row.shadow_set_id) if row.shadow_set_id else None,
        amount_minor=row.amount_minor,
        buyer_reference=row.buyer_reference,
        buyer_ip=row.buyer_ip if caller.may("buyers.read") else None,
        created_at=moment_text(row.created_at),
        **{name: getattr(row, name) for name in same},
    )
