"""What buyers are entitled to."""

from typing import Annotated

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, Moment, OneOf, QueryShape, ShortText, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import show
from app.domain.fulfilment.states import EntitlementStatus
from app.read.fulfilment import entitlements_resource as entitlements
from app.read.fulfilment import memberships


class Entitlement(Answer):
    """Membership time of one buyer for one product."""

    id: str
    buyer_reference: str
    product_id: str
    order_id: str
    status: Annotated[
        str,
        OneOf(EntitlementStatus),
        Field(description="Active ones are valid between `starts_at` and `ends_at`; revoked ones never."),
    ]
    level: Annotated[str, Field(description="Empty where the product has no levels.")]
    rank: Annotated[int, Field(description="The higher rank runs first.")]
    starts_at: Annotated[Moment, Field(description="Start time.")]
    ends_at: Annotated[Moment, Field(description="End time; higher levels may run in between.")]


class Whose(QueryShape):
    """Whose memberships."""

    buyer_reference: Annotated[ShortText, Field(description="Your reference for the buyer.")]


class EntitlementQuery(ListQuery):
    """Whose entitlements."""

    buyer_reference: Annotated[ShortText, Field(description="Your reference for the buyer.")]


class MembershipPeriod(Answer):
    """A buyer's time at one level."""

    level: str
    rank: int
    starts_at: Moment
    ends_at: Moment


class Membership(Answer):
    """What a buyer is of one product, now and next."""

    product_id: str
    current: Annotated[MembershipPeriod | None, Field(description="The current entitlement; null if none.")]
    following: Annotated[list[MembershipPeriod], Field(description="Upcoming entitlements, in order of time.")]
    ends_at: Annotated[Moment, Field(description="End of the last one.")]


class Memberships(Answer):
    """A buyer's memberships that run or are to come."""

    data: list[Membership]


@v1.get(
    "/memberships",
    query=Whose,
    answer=Memberships,
    permission="entitlements.read",
    tag="Entitlements",
)
def list_memberships(caller: KeyCaller, query: Whose) -> Memberships:
    """Get a buyer's memberships.

    Of each product the level that runs now and what follows it. Ask this before you let somebody in.
    """
    found = memberships.memberships_of(caller.business_id, query.buyer_reference)
    return Memberships(data=[_membership(each) for each in found])


@v1.get(
    "/entitlements",
    query=EntitlementQuery,
    answer=Page[Entitlement],
    permission="entitlements.read",
    tag="Entitlements",
)
def list_entitlements(caller: KeyCaller, query: EntitlementQuery) -> Page[Entitlement]:
    """List a buyer's entitlements.

    What was bought, newest first.
    """
    found = entitlements.list_entitlements(
        caller.business_id, buyer_reference=query.buyer_reference, after=query.after(), limit=query.limit
    )
    return page_of(found, limit=query.limit, item=_entitlement, key=lambda row: (row.created_at, row.id))


def _entitlement(row: entitlements.EntitlementRow) -> Entitlement:
    return Entitlement(
        id=show("ent", row.id),
        buyer_reference=row.buyer_reference,
        product_id=show("prd", row.product_id),
        order_id=show("ord", row.order_id),
        status=row.status,
        level=row.level,
        rank=row.rank,
        starts_at=moment_text(row.starts_at),
        ends_at=moment_text(row.ends_at),
    )


def _membership(found: memberships.Membership) -> Membership:
    return Membership(
        product_id=show("prd", found.product_id),
        current=_period(found.current) if found.current is not None else None,
        following=[_period(each) for each in found.following],
        ends_at=moment_text(found.ends_at),
    )


def _period(period: memberships.Period) -> MembershipPeriod:
    return MembershipPeriod(
        level=period.level,
        rank=period.rank,
        starts_at=moment_text(period.starts_at),
        ends_at=moment_text(period.ends_at),
    )
