"""Settlement holds: what of partners' money is held back, and why."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, LineId, Moment, OneOf, OrderId, Sentence, Shape, moment_text
from app.api.v1.api import KeyCaller, v1
from app.api.v1.settlement.partners import PartnerId
from app.core.ids import parse, show
from app.domain.settlement.holds.states import SettlementHoldStatus
from app.read.settlement import holds
from app.workflow.settlement import hold_money
from app.workflow.settlement.hold_money import HoldCommand


class SettlementHoldRequest(Shape):
    """What to hold: a partner's money, an order's, one partner's part of an order, or a line's."""

    partner_id: PartnerId | None = None
    order_id: OrderId | None = None
    line_id: Annotated[LineId | None, Field(description="A line of `order_id`.")] = None
    reason: Sentence


class SettlementHoldRelease(Shape):
    """Why it is released."""

    reason: Sentence


class SettlementHold(Answer):
    """Money of partners that is held back."""

    id: str
    partner_id: str | None
    order_id: str | None
    line_id: str | None
    status: Annotated[str, OneOf(SettlementHoldStatus)]
    reason: str
    held_by: str
    held_at: Moment
    released_by: str | None
    released_at: Moment | None
    release_reason: str | None
    created_at: Moment


class SettlementHoldQuery(ListQuery):
    """What a list of holds may be narrowed by."""

    partner_id: PartnerId | None = None
    order_id: OrderId | None = None
    status: Annotated[str, OneOf(SettlementHoldStatus)] | None = None


@v1.get(
    "/settlement_holds",
    query=SettlementHoldQuery,
    answer=Page[SettlementHold],
    permission="settlement.read",
    tag="Partners",
)
def list_settlement_holds(caller: KeyCaller, query: SettlementHoldQuery) -> Page[SettlementHold]:
    """List holds.

    Newest first.
    """
    found = holds.list_holds(
        caller.business_id,
        partner_id=parse("par", query.partner_id) if query.partner_id else None,
        order_id=parse("ord", query.order_id) if query.order_id else None,
        status=query.status or "",
        after=query.after(),
        limit=query.limit,
    )
    return page_of(found, limit=query.limit, item=_hold, key=lambda row: (row.created_at, row.id))


@v1.post(
    "/settlement_holds",
    body=SettlementHoldRequest,
    answer=SettlementHold,
    status=201,
    permission="settlement.write",
    idempotent=True,
    tag="Partners",
    errors=("not_found", "invalid_hold", "on_hold"),
)
def create_settlement_hold(
    caller: KeyCaller, body: SettlementHoldRequest, claim_id: UUID
) -> Callable[[], SettlementHold]:
    """Hold money of partners.

    Money on hold is not added to a batch, and a batch that contains it is not paid. Payments under way continue.
    """
    command = HoldCommand(
        partner_id=parse("par", body.partner_id) if body.partner_id else None,
        order_id=parse("ord", body.order_id) if body.order_id else None,
        line_id=parse("oln", body.line_id) if body.line_id else None,
        reason=body.reason,
    )
    hold_money.hold(caller.business_id, command, actor=caller.actor, hold_id=claim_id)
    return lambda: _hold(holds.get_hold(caller.business_id, claim_id))


@v1.get("/settlement_holds/{settlement_hold_id}", answer=SettlementHold, permission="settlement.read", tag="Partners")
def get_settlement_hold(caller: KeyCaller, settlement_hold_id: str) -> SettlementHold:
    """Get a hold."""
    return _hold(holds.get_hold(caller.business_id, parse("shd", settlement_hold_id)))


@v1.post(
    "/settlement_holds/{settlement_hold_id}/release",
    body=SettlementHoldRelease,
    answer=SettlementHold,
    permission="settlement.write",
    tag="Partners",
    errors=("not_found", "invalid_hold", "version_conflict"),
)
def release_settlement_hold(caller: KeyCaller, settlement_hold_id: str, body: SettlementHoldRelease) -> SettlementHold:
    """Release a hold.

    What it was about is in the next batch. Releasing it again changes nothing.
    """
    hold_id = parse("shd", settlement_hold_id)
    hold_money.release(caller.business_id, hold_id, reason=body.reason, actor=caller.actor)
    return _hold(holds.get_hold(caller.business_id, hold_id))


def _hold(row: holds.HoldRow) -> SettlementHold:
    return SettlementHold(
        id=show("shd", row.id),
        partner_id=show("par", row.partner_id) if row.partner_id else None,
        order_id=show("ord", row.order_id) if row.order_id else None,
        line_id=show("oln", row.line_id) if row.line_id else None,
        status=row.status,
        reason=row.reason,
        held_by=row.held_by,
        held_at=moment_text(row.held_at),
        released_by=row.released_by,
        released_at=moment_text(row.released_at),
        release_reason=row.release_reason or None,
        created_at=moment_text(row.created_at),
    )
