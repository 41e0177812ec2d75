"""Buyers' points: the balance, the statement, and changes by the merchant."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, Moment, OneOf, QueryShape, Sentence, Shape, ShortText, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import show
from app.read.buyers.buyers import current_reference
from app.read.fulfilment import points_resource as points
from app.workflow.fulfilment import change_points

MAX_POINTS = 1_000_000_000


class Points(Answer):
    """What a buyer has."""

    buyer_reference: str
    balance: Annotated[int, Field(description="Never below zero.")]
    owed: Annotated[int, Field(description="Spent, then refunded; deducted from the next points.")]


class PointsEntry(Answer):
    """One line of a buyer's statement."""

    id: str
    kind: Annotated[str, OneOf(("earned", "granted", "spent", "clawed_back", "collected", "merged"))]
    change: Annotated[int, Field(description="Positive: granted; negative: deducted.")]
    balance: Annotated[int, Field(description="Balance after this entry.")]
    reason: str
    order_id: str | None
    created_at: Moment


class PointsQuery(QueryShape):
    """Whose points."""

    buyer_reference: Annotated[ShortText, Field(description="Your reference for the buyer.")]


class WhosePoints(ListQuery):
    """Whose points, and from where on."""

    buyer_reference: Annotated[ShortText, Field(description="Your reference for the buyer.")]


class PointsChange(Shape):
    """Points to be given (above zero) or taken (below)."""

    buyer_reference: Annotated[ShortText, Field(description="Your reference for the buyer.")]
    change: Annotated[int, Field(ge=-MAX_POINTS, le=MAX_POINTS, description="Not zero.")]
    reason: Sentence


@v1.get("/points", query=PointsQuery, answer=Points, permission="wallets.read", tag="Points")
def get_points(caller: KeyCaller, query: PointsQuery) -> Points:
    """Get a buyer's points.

    A buyer who never had any has zero.
    """
    buyer = current_reference(caller.business_id, query.buyer_reference)
    balance, owed = points.points_of(caller.business_id, buyer)
    return Points(buyer_reference=buyer, balance=balance, owed=owed)


@v1.get("/points/accounts", query=ListQuery, answer=Page[Points], permission="wallets.read", tag="Points")
def list_points(caller: KeyCaller, query: ListQuery) -> Page[Points]:
    """List buyers with points.

    Newest first; those who have none left as well.
    """
    found = points.list_accounts(caller.business_id, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_points, key=lambda row: (row.created_at, row.id))


@v1.get("/points/entries", query=WhosePoints, answer=Page[PointsEntry], permission="wallets.read", tag="Points")
def list_points_entries(caller: KeyCaller, query: WhosePoints) -> Page[PointsEntry]:
    """List a buyer's statement of points.

    Newest first, each line with the balance right after it.
    """
    found = points.list_entries(caller.business_id, query.buyer_reference, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_entry, key=lambda row: (row.created_at, row.id))


@v1.post(
    "/points/entries",
    body=PointsChange,
    answer=PointsEntry,
    status=201,
    permission="wallets.write",
    idempotent=True,
    tag="Points",
    errors=("insufficient_points", "invalid_points", "approval_needed", "approval_refused", "key_without_person"),
)
def change_buyers_points(caller: KeyCaller, body: PointsChange, claim_id: UUID) -> Callable[[], PointsEntry]:
    """Give or take points.

    Points that a buyer spends with you are taken here; never more than there are. More than the limit of the business
    have to be approved by somebody.
    """
    change_points.change_points(
        caller.business_id,
        buyer=body.buyer_reference,
        change=body.change,
        reason=body.reason,
        actor=caller.actor,
        entry_id=claim_id,
    )
    return lambda: _entry(points.get_entry(caller.business_id, claim_id))


def _points(row: points.AccountRow) -> Points:
    return Points(buyer_reference=row.buyer_reference, balance=row.balance, owed=row.owed)


def _entry(row: points.EntryRow) -> PointsEntry:
    return PointsEntry(
        id=show("pte", row.id),
        kind=row.kind,
        change=row.change,
        balance=row.balance,
        reason=row.reason,
        order_id=show("ord", row.order_id) if row.order_id else None,
        created_at=moment_text(row.created_at),
    )
