"""Frozen parts of wallets."""

from collections.abc import Callable
from typing import Annotated, cast
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
from app.domain.ledger.states import FreezeStatus
from app.read.wallets import freezes
from app.workflow.wallets import freeze_wallet


class FreezeRequest(Shape):
    """Money of a wallet that nobody may spend until it is released."""

    buyer_reference: Annotated[ShortText, Field(description="Whose wallet.")]
    amount_minor: AmountMinor
    currency: Currency
    reason: Annotated[Sentence, Field(description="Kept with the freeze and shown to your people.")]


class ReleaseRequest(Shape):
    """Frozen money to be let go."""

    amount_minor: Annotated[AmountMinor | None, Field(description="All that is still frozen when absent.")] = None
    reason: Annotated[Sentence, Field(description="Kept with the freeze.")]


class FreezeRelease(Answer):
    """A part of a freeze that was let go."""

    id: str
    amount_minor: AnyAmountMinor
    reason: str
    created_at: Moment


class Freeze(Answer):
    """A frozen part of a wallet."""

    id: str
    status: Annotated[str, OneOf(FreezeStatus)]
    buyer_reference: str
    amount_minor: Annotated[AnyAmountMinor, Field(description="What was frozen.")]
    left_minor: Annotated[AnyAmountMinor, Field(description="What of it is still frozen.")]
    currency: Currency
    reason: str
    releases: list[FreezeRelease]
    created_at: Moment
    released_at: Moment | None


class FreezeQuery(ListQuery):
    """What a list of freezes may be narrowed by."""

    buyer_reference: ShortText | None = None
    status: Annotated[str, OneOf(FreezeStatus)] | None = None


@v1.post(
    "/freezes",
    body=FreezeRequest,
    answer=Freeze,
    status=201,
    permission="wallets.write",
    idempotent=True,
    tag="Wallets",
    errors=("insufficient_funds", "invalid_amount", "unknown_currency", "moved"),
)
def create_freeze(caller: KeyCaller, body: FreezeRequest, claim_id: UUID) -> Callable[[], Freeze]:
    """Freeze a part of a wallet.

    It counts as the buyer's still, but not as available.
    """
    freeze_wallet.freeze(
        caller.business_id,
        buyer=body.buyer_reference,
        money=Money(body.amount_minor, body.currency),
        reason=body.reason,
        actor=caller.actor,
        freeze_id=claim_id,
    )
    return lambda: _freeze(freezes.get_freeze(caller.business_id, claim_id))


@v1.post(
    "/freezes/{freeze_id}/release",
    body=ReleaseRequest,
    answer=Freeze,
    permission="wallets.write",
    idempotent=True,
    tag="Wallets",
    errors=("not_found", "release_exceeds_freeze", "invalid_amount", "moved"),
)
def release_freeze(caller: KeyCaller, freeze_id: str, body: ReleaseRequest, claim_id: UUID) -> Callable[[], Freeze]:
    """Release frozen money.

    All of it, or a part.
    """
    known = parse("frz", freeze_id)
    freeze_wallet.release(
        caller.business_id,
        known,
        amount_minor=body.amount_minor,
        reason=body.reason,
        actor=caller.actor,
        release_id=claim_id,
    )
    return lambda: _freeze(freezes.get_freeze(caller.business_id, known))


@v1.get("/freezes", query=FreezeQuery, answer=Page[Freeze], permission="wallets.read", tag="Wallets")
def list_freezes(caller: KeyCaller, query: FreezeQuery) -> Page[Freeze]:
    """List freezes.

    Newest first.
    """
    found = freezes.list_freezes(
        caller.business_id,
        buyer=query.buyer_reference,
        status=query.status,
        after=query.after(),
        limit=query.limit,
    )
    return page_of(found, limit=query.limit, item=_freeze, key=lambda each: (each.row.created_at, each.row.id))


@v1.get("/freezes/{freeze_id}", answer=Freeze, permission="wallets.read", tag="Wallets")
def get_freeze(caller: KeyCaller, freeze_id: str) -> Freeze:
    """Get a freeze."""
    return _freeze(freezes.get_freeze(caller.business_id, parse("frz", freeze_id)))


def _freeze(found: freezes.Freeze) -> Freeze:
    row = found.row
    return Freeze(
        id=show("frz", row.id),
        status=cast(FreezeStatus, row.status),
        buyer_reference=row.buyer_reference,
        amount_minor=row.amount_minor,
        left_minor=row.left_minor,
        currency=row.currency,
        reason=row.reason,
        releases=[
            FreezeRelease(
                id=show("frr", each.id),
                amount_minor=each.amount_minor,
                reason=each.reason,
                created_at=moment_text(each.created_at),
            )
            for each in found.releases
        ],
        created_at=moment_text(row.created_at),
        released_at=moment_text(row.released_at),
    )
