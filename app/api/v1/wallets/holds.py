"""Holds on wallets."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import (
    AmountMinor,
    Answer,
    AnyAmountMinor,
    Currency,
    Moment,
    OneOf,
    Sentence,
    Shape,
    ShortText,
    moment_text,
)
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.core.money import Money
from app.domain.ledger.states import HoldStatus
from app.read.wallets import holds
from app.workflow.wallets import hold_funds


class HoldRequest(Shape):
    """Money of a wallet that nobody may spend until it is released."""

    buyer_reference: Annotated[ShortText, Field(description="The wallet’s owner.")]
    amount_minor: AmountMinor
    currency: Currency
    reason: Annotated[Sentence, Field(description="Stored with the hold; visible to your team.")]


class HoldReleaseRequest(Shape):
    """How much of a hold to release."""

    amount_minor: Annotated[AmountMinor | None, Field(description="All that is still held when absent.")] = None
    reason: Annotated[Sentence, Field(description="Stored with the hold.")]


class HoldRelease(Answer):
    """A part of a hold that was released."""

    id: str
    amount_minor: AnyAmountMinor
    reason: str
    created_at: Moment


class Hold(Answer):
    """A hold on a part of a wallet."""

    id: str
    status: Annotated[str, OneOf(HoldStatus)]
    buyer_reference: str
    amount_minor: Annotated[AnyAmountMinor, Field(description="What was held.")]
    left_minor: Annotated[AnyAmountMinor, Field(description="What of it is still held.")]
    currency: Currency
    reason: str
    releases: list[HoldRelease]
    created_at: Moment
    released_at: Moment | None


class HoldQuery(ListQuery):
    """What a list of holds may be narrowed by."""

    buyer_reference: ShortText | None = None
    status: Annotated[str, OneOf(HoldStatus)] | None = None


@v1.post(
    "/holds",
    body=HoldRequest,
    answer=Hold,
    status=201,
    permission="wallets.write",
    idempotent=True,
    tag="Wallets",
    errors=("insufficient_funds", "invalid_amount", "unknown_currency", "version_conflict"),
)
def create_hold(caller: KeyCaller, body: HoldRequest, claim_id: UUID) -> Callable[[], Hold]:
    """Place a hold.

    It counts as the buyer's still, but not as available.
    """
    hold_funds.place(
        caller.business_id,
        buyer=body.buyer_reference,
        money=Money(body.amount_minor, body.currency),
        reason=body.reason,
        actor=caller.actor,
        hold_id=claim_id,
    )
    return lambda: _hold(holds.get_hold(caller.business_id, claim_id))


@v1.post(
    "/holds/{hold_id}/release",
    body=HoldReleaseRequest,
    answer=Hold,
    permission="wallets.write",
    idempotent=True,
    tag="Wallets",
    errors=("not_found", "release_exceeds_hold", "invalid_amount", "version_conflict"),
)
def release_hold(caller: KeyCaller, hold_id: str, body: HoldReleaseRequest, claim_id: UUID) -> Callable[[], Hold]:
    """Release a hold, in whole or in part.

    All of it, or a part.
    """
    known = parse("hld", hold_id)
    hold_funds.release(
        caller.business_id,
        known,
        amount_minor=body.amount_minor,
        reason=body.reason,
        actor=caller.actor,
        release_id=claim_id,
    )
    return lambda: _hold(holds.get_hold(caller.business_id, known))


@v1.get("/holds", query=HoldQuery, answer=Page[Hold], permission="wallets.read", tag="Wallets")
def list_holds(caller: KeyCaller, query: HoldQuery) -> Page[Hold]:
    """List holds.

    Newest first.
    """
    found = holds.list_holds(
        caller.business_id,
        buyer=query.buyer_reference,
        status=query.status,
        after=query.after(),
        limit=query.limit,
    )
    return page_of(found, limit=query.limit, item=_hold, key=lambda each: (each.row.created_at, each.row.id))


@v1.get("/holds/{hold_id}", answer=Hold, permission="wallets.read", tag="Wallets")
def get_hold(caller: KeyCaller, hold_id: str) -> Hold:
    """Get a hold."""
    return _hold(holds.get_hold(caller.business_id, parse("hld", hold_id)))


def _hold(found: holds.Hold) -> Hold:
    row = found.row
    return Hold(
        id=show("hld", row.id),
        status=row.status,
        buyer_reference=row.buyer_reference,
        amount_minor=row.amount_minor,
        left_minor=row.left_minor,
        currency=row.currency,
        reason=row.reason,
        releases=[
            HoldRelease(
                id=show("hlr", each.id),
                amount_minor=each.amount_minor,
                reason=each.reason,
                created_at=moment_text(each.created_at),
            )
            for each in found.releases
        ],
        created_at=moment_text(row.created_at),
        released_at=moment_text(row.released_at),
    )
