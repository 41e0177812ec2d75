"""Memberships of buyers: listed, and changed by hand."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import (
    PRINTABLE,
    Answer,
    Email,
    Locale,
    Moment,
    MomentIn,
    OneOf,
    ProductId,
    Sentence,
    Shape,
    ShortText,
    SkuId,
    moment_in,
    moment_text,
)
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.domain.fulfilment.states import MembershipStatus
from app.domain.fulfilment.types import CHANGE_KINDS
from app.lib.some import some
from app.read.buyers.buyers import current_reference
from app.read.fulfilment import members_resource as members
from app.read.fulfilment.memberships import Period
from app.workflow.fulfilment import grant_membership, move_membership, shorten_membership

MAX_DAYS = 36_500
BuyerReference = Annotated[ShortText, Field(description="Your reference for the buyer.")]
Days = Annotated[int, Field(ge=1, le=MAX_DAYS, description="Days of 24 hours.")]
_APPROVAL = ("approval_needed", "approval_refused", "key_without_person", "invalid_membership")


class MembershipPeriod(Answer):
    """A buyer's time at one level."""

    level: Annotated[str, Field(description="Empty where the product has no levels.")]
    rank: int
    starts_at: Moment
    ends_at: Moment


class Membership(Answer):
    """One buyer as a member of one product."""

    id: str
    buyer_reference: str
    product_id: str
    status: Annotated[str, OneOf(MembershipStatus)]
    starts_at: Annotated[Moment, Field(description="Since when without a break; of an ended one, its last time.")]
    current: Annotated[MembershipPeriod | None, Field(description="What runs now; null once it has ended.")]
    following: Annotated[list[MembershipPeriod], Field(description="Upcoming periods, in order of time.")]
    ends_at: Annotated[Moment, Field(description="End of the last one.")]
    created_at: Annotated[Moment, Field(description="When the buyer first became a member.")]


class MembershipChange(Answer):
    """A change of a membership by a person or key."""

    id: str
    membership_id: str
    kind: Annotated[str, OneOf(CHANGE_KINDS)]
    seconds: Annotated[int, Field(description="How much longer it lasts by this; negative: shorter.")]
    other_membership_id: Annotated[str | None, Field(description="The other side of a move.")]
    reason: str
    created_at: Moment


class MembershipQuery(ListQuery):
    """Which memberships."""

    buyer_reference: BuyerReference | None = None
    product_id: ProductId | None = None
    level: Annotated[str, Field(max_length=60), PRINTABLE] | None = None
    status: Annotated[
        str,
        OneOf(("active", "ending", "ended", "all")),
        Field(description="`ending`: those that end within the days of your reminder setting."),
    ] = "active"
    ends_after: MomentIn | None = None
    ends_before: MomentIn | None = None


class MembershipGrant(Shape):
    """Membership time for a buyer."""

    buyer_reference: BuyerReference
    sku_id: Annotated[SkuId, Field(description="Gives product and level.")]
    days: Days
    reason: Sentence
    email: Annotated[Email | None, Field(description="For a buyer without an order.")] = None
    locale: Locale | None = None


class MembershipExtension(Shape):
    """More time."""

    days: Days
    reason: Sentence


class MembershipEnd(Shape):
    """An earlier end."""

    ends_at: MomentIn
    reason: Sentence


class MembershipRevocation(Shape):
    """Why it ends now."""

    reason: Sentence


class MembershipMove(Shape):
    """Who gets it."""

    buyer_reference: BuyerReference
    reason: Sentence


@v1.get("/memberships", query=MembershipQuery, answer=Page[Membership], permission="entitlements.read",
        tag="Memberships")  # fmt: skip
def list_memberships(caller: KeyCaller, query: MembershipQuery) -> Page[Membership]:
    """List memberships.

    Newest first. Those that run, unless you ask for others. Before you let somebody in, ask with `buyer_reference` and
    look at `current`.
    """
    found = members.list_members(
        caller.business_id,
        buyer_reference=query.buyer_reference and current_reference(caller.business_id, query.buyer_reference),
        product_id=parse("prd", query.product_id) if query.product_id is not None else None,
        level=query.level,
        status=query.status,
        ends=(moment_in(query.ends_after), moment_in(query.ends_before)),
        after=query.after(),
        limit=query.limit,
    )
    return page_of(found, limit=query.limit, item=_membership, key=lambda each: (each.row.created_at, each.row.id))


@v1.post("/memberships", body=MembershipGrant, answer=Membership, status=201, permission="entitlements.write",
         idempotent=True, tag="Memberships", errors=("not_found", "other_delivery", *_APPROVAL))  # fmt: skip
def grant_buyer_membership(caller: KeyCaller, body: MembershipGrant, claim_id: UUID) -> Callable[[], Membership]:
    """Give membership time.

    It joins what the buyer has, as if it had been bought. More than the limit of the business has to be approved by
    somebody.
    """
    command = grant_membership.GrantCommand(
        buyer=body.buyer_reference,
        sku_id=parse("sku", body.sku_id),
        days=body.days,
        email=body.email,
        locale=body.locale,
    )
    made = grant_membership.grant_membership(
        caller.business_id, command, reason=body.reason, actor=caller.actor, change_id=claim_id
    )
    return lambda: _membership(members.get_member(caller.business_id, made))


@v1.get("/memberships/{membership_id}", answer=Membership, permission="entitlements.read", tag="Memberships")
def get_membership(caller: KeyCaller, membership_id: str) -> Membership:
    """Get a membership."""
    return _membership(members.get_member(caller.business_id, parse("mbr", membership_id)))


@v1.get("/memberships/{membership_id}/changes", query=ListQuery, answer=Page[MembershipChange],
        permission="entitlements.read", tag="Memberships")  # fmt: skip
def list_membership_changes(caller: KeyCaller, membership_id: str, query: ListQuery) -> Page[MembershipChange]:
    """List changes by hand.

    Newest first. Purchases and refunds are entitlements.
    """
    found = members.get_member(caller.business_id, parse("mbr", membership_id)).row.id
    rows = members.list_changes(caller.business_id, found, after=query.after(), limit=query.limit)
    return page_of(rows, limit=query.limit, item=_change, key=lambda row: (row.created_at, row.id))


@v1.post("/memberships/{membership_id}/extend", body=MembershipExtension, answer=Membership,
         permission="entitlements.write", idempotent=True, tag="Memberships", errors=_APPROVAL)  # fmt: skip
def extend_buyer_membership(
    caller: KeyCaller, membership_id: str, body: MembershipExtension, claim_id: UUID
) -> Callable[[], Membership]:
    """Extend a membership.

    At the level that runs last. An ended one begins again.
    """
    found, about = parse("mbr", membership_id), {"reason": body.reason, "actor": caller.actor}
    grant_membership.extend_membership(caller.business_id, found, body.days, change_id=claim_id, **about)
    return lambda: _membership(members.get_member(caller.business_id, found))


@v1.post("/memberships/{membership_id}/shorten", body=MembershipEnd, answer=Membership,
         permission="entitlements.write", idempotent=True, tag="Memberships",
         errors=("invalid_membership", "membership_ended"))  # fmt: skip
def shorten_buyer_membership(
    caller: KeyCaller, membership_id: str, body: MembershipEnd, claim_id: UUID
) -> Callable[[], Membership]:
    """Shorten a membership.

    The last time to run is lost first. Money is refunded by refunding the order.
    """
    found, about = parse("mbr", membership_id), {"reason": body.reason, "actor": caller.actor}
    ends_at = some(moment_in(body.ends_at))
    shorten_membership.shorten_membership(caller.business_id, found, ends_at, change_id=claim_id, **about)
    return lambda: _membership(members.get_member(caller.business_id, found))


@v1.post("/memberships/{membership_id}/revoke", body=MembershipRevocation, answer=Membership,
         permission="entitlements.write", idempotent=True, tag="Memberships",
         errors=("invalid_membership", "membership_ended"))  # fmt: skip
def revoke_buyer_membership(
    caller: KeyCaller, membership_id: str, body: MembershipRevocation, claim_id: UUID
) -> Callable[[], Membership]:
    """Revoke a membership.

    All that is left of it ends now. Money is refunded by refunding the order.
    """
    found, about = parse("mbr", membership_id), {"reason": body.reason, "actor": caller.actor}
    shorten_membership.revoke_membership(caller.business_id, found, change_id=claim_id, **about)
    return lambda: _membership(members.get_member(caller.business_id, found))


@v1.post("/memberships/{membership_id}/move", body=MembershipMove, answer=Membership,
         permission="entitlements.write", idempotent=True, tag="Memberships",
         errors=("membership_ended", *_APPROVAL))  # fmt: skip
def move_buyer_membership(
    caller: KeyCaller, membership_id: str, body: MembershipMove, claim_id: UUID
) -> Callable[[], Membership]:
    """Move a membership to another buyer.

    Answers with the other buyer’s membership. When the order that the time came from is refunded, it ends there.
    """
    found, about = parse("mbr", membership_id), {"reason": body.reason, "actor": caller.actor}
    made = move_membership.move_membership(caller.business_id, found, body.buyer_reference, change_id=claim_id, **about)
    return lambda: _membership(members.get_member(caller.business_id, made))


def _membership(found: members.MemberShown) -> Membership:
    row = found.row
    return Membership(
        id=show("mbr", row.id),
        buyer_reference=row.buyer_reference,
        product_id=show("prd", row.product_id),
        status=found.status,
        starts_at=moment_text(row.starts_at),
        current=_period(found.current) if found.current is not None else None,
        following=[_period(each) for each in found.following],
        ends_at=moment_text(row.ends_at),
        created_at=moment_text(row.created_at),
    )


def _period(period: Period) -> MembershipPeriod:
    return MembershipPeriod(
        level=period.level,
        rank=period.rank,
        starts_at=moment_text(period.starts_at),
        ends_at=moment_text(period.ends_at),
    )


def _change(row: members.ChangeRow) -> MembershipChange:
    return MembershipChange(
        id=show("mbc", row.id),
        membership_id=show("mbr", row.membership_id),
        kind=row.kind,
        seconds=row.seconds,
        other_membership_id=show("mbr", row.other_id) if row.other_id else None,
        reason=row.reason,
        created_at=moment_text(row.created_at),
    )
