"""Attempts of an order."""

from typing import Annotated

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, AnyAmountMinor, Currency, Moment, OneOf, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.domain.payments.states import AttemptStatus
from app.read.payments import attempts_resource as attempts
from app.read.payments import reasons


class Candidate(Answer):
    """A channel account that was considered."""

    account_id: str
    name: str
    channel: str
    usable: bool
    reasons: Annotated[list[str], Field(description="Why it has this rank.")]
    reasons_against: Annotated[list[str], Field(description="Why it could not take the payment.")]


class Attempt(Answer):
    """One try to move money at one channel account."""

    id: str
    kind: Annotated[str, OneOf(("charge", "deduction", "refund"))]
    status: Annotated[str, OneOf(AttemptStatus)]
    channel: str
    account_id: str
    scene: str
    amount_minor: AnyAmountMinor
    currency: Currency
    channel_ref: Annotated[str | None, Field(description="The payment company’s own number.")]
    decline_code: str | None
    routing: Annotated[
        list[Candidate], Field(description="All accounts in the order they would be tried; empty for refunds.")
    ]
    created_at: Moment
    decided_at: Moment | None


@v1.get("/orders/{order_id}/attempts", query=ListQuery, answer=Page[Attempt], permission="orders.read", tag="Orders")
def list_attempts(caller: KeyCaller, order_id: str, query: ListQuery) -> Page[Attempt]:
    """List an order's attempts.

    Newest first. Each says which channel accounts were considered for it, and why it went where it went.
    """
    found = attempts.list_attempts(caller.business_id, parse("ord", order_id), after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_attempt, key=lambda row: (row.created_at, row.id))


def _attempt(row: attempts.RoutedAttempt) -> Attempt:
    return Attempt(
        id=show("att", row.id),
        kind=row.kind,
        status=row.status,
        channel=row.channel,
        account_id=show("cha", row.channel_account_id),
        scene=row.scene,
        amount_minor=row.amount_minor,
        currency=row.currency,
        channel_ref=row.channel_ref,
        decline_code=row.decline_code,
        routing=[_candidate(each) for each in reasons.candidates(row.candidates)],
        created_at=moment_text(row.created_at),
        decided_at=moment_text(row.decided_at),
    )


def _candidate(each: reasons.Candidate) -> Candidate:
    return Candidate(
        account_id=show("cha", each.account_id),
        name=each.name,
        channel=each.channel,
        usable=each.is_usable,
        reasons=list(each.pros),
        reasons_against=list(each.against),
    )
