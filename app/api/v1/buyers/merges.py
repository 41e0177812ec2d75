"""Two buyers who are one person."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import ID_PATTERN, Answer, Moment, Sentence, Shape, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.read.buyers import merges as read
from app.workflow.buyers import merge_buyers as merging

BuyerId = Annotated[str, Field(pattern=f"^byr_{ID_PATTERN}$", examples=["byr_01jd3w8n2q4zt5b7yk2hc5e4rv"])]


class BuyerMergeRequest(Shape):
    """Into whom a buyer is merged, and why."""

    into: Annotated[BuyerId, Field(description="Who has everything afterwards.")]
    reason: Sentence


class BuyerMergeLookRequest(Shape):
    """Into whom a buyer would be merged."""

    into: BuyerId


class BuyerMergeLook(Answer):
    """What a merge would do."""

    moved: Annotated[
        dict[str, int],
        Field(
            description="How much moves: `orders`, `coupons`, `memberships`, `points`, and `wallet_USD` in minor units."
        ),
    ]
    filled: Annotated[list[str], Field(description="Members of the other buyer that get a value.")]
    obstacle: Annotated[str | None, Field(description="Why it cannot be done now; null: it can.")]


class BuyerMerge(Answer):
    """That a buyer was merged into another one."""

    id: str
    buyer_id: str
    into: str
    moved: dict[str, int]
    reason: str
    created_at: Moment


@v1.post("/buyers/{buyer_id}/merge_look", body=BuyerMergeLookRequest, answer=BuyerMergeLook,
         permission="buyers.write", tag="Buyers")  # fmt: skip
def look_at_buyer_merge(caller: KeyCaller, buyer_id: str, body: BuyerMergeLookRequest) -> BuyerMergeLook:
    """See what a merge would do.

    Nothing changes.
    """
    known, into = parse("byr", buyer_id), parse("byr", body.into)
    look = merging.look_at_merge(caller.business_id, known, into=into, actor=caller.actor)
    return BuyerMergeLook(moved=dict(look.moved), filled=list(look.filled), obstacle=look.obstacle or None)


@v1.post("/buyers/{buyer_id}/merge", body=BuyerMergeRequest, answer=BuyerMerge, status=201,
         permission="buyers.write", idempotent=True, tag="Buyers",
         errors=("not_found", "cannot_merge", "buyer_gone", "channel_unavailable", "insufficient_funds",
                 "key_without_person", "version_conflict"))  # fmt: skip
def merge_buyer(caller: KeyCaller, buyer_id: str, body: BuyerMergeRequest, claim_id: UUID) -> BuyerMerge:
    """Merge a buyer into another one, for good.

    Orders, wallet, coupons, memberships, points and downloads are the other one's from then on, and a request with the
    merged reference means the other one. Limits per buyer count what both had. Money in the wallet is transferred,
    within your limits for transfers.
    """
    known, into = parse("byr", buyer_id), parse("byr", body.into)
    made = merging.merge_buyers(
        caller.business_id, known, into=into, reason=body.reason, actor=caller.actor, merge_id=claim_id
    )
    return _merge(read.get_merge(caller.business_id, made, buyer_id=known))


@v1.get("/buyers/{buyer_id}/merges", query=ListQuery, answer=Page[BuyerMerge], permission="buyers.read", tag="Buyers")
def list_buyer_merges(caller: KeyCaller, buyer_id: str, query: ListQuery) -> Page[BuyerMerge]:
    """List who was merged into a buyer, newest first."""
    found = read.merges_of(caller.business_id, parse("byr", buyer_id), after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_merge, key=lambda row: (row.created_at, row.id))


def _merge(row: read.MergeRow) -> BuyerMerge:
    return BuyerMerge(
        id=show("bym", row.id),
        buyer_id=show("byr", row.buyer_id),
        into=show("byr", row.into_id),
        moved=row.moved,
        reason=row.reason,
        created_at=moment_text(row.created_at),
    )
