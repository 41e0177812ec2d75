"""What buyers are entitled to."""

from typing import Annotated

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, Moment, OneOf, ShortText, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import show
from app.domain.fulfilment.states import EntitlementStatus
from app.read.buyers.buyers import current_reference
from app.read.fulfilment import entitlements_resource as entitlements


class Entitlement(Answer):
    """Membership time of one buyer for one product."""

    id: str
    buyer_reference: str
    product_id: str
    order_id: Annotated[str | None, Field(description="Null for time that was given by hand.")]
    status: Annotated[
        str,
        OneOf(EntitlementStatus),
        Field(description="Active ones are valid between `starts_at` and `ends_at`; revoked ones never."),
    ]
    level: Annotated[str, Field(description="Empty where the product has no levels.")]
    rank: Annotated[int, Field(description="The higher rank runs first.")]
    starts_at: Annotated[Moment, Field(description="Start time.")]
    ends_at: Annotated[Moment, Field(description="End time; higher levels may run in between.")]


class EntitlementQuery(ListQuery):
    """Whose entitlements."""

    buyer_reference: Annotated[ShortText, Field(description="Your reference for the buyer.")]


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
        caller.business_id,
        buyer_reference=current_reference(caller.business_id, query.buyer_reference),
        after=query.after(),
        limit=query.limit,
    )
    return page_of(found, limit=query.limit, item=_entitlement, key=lambda row: (row.created_at, row.id))


def _entitlement(row: entitlements.EntitlementRow) -> Entitlement:
    return Entitlement(
        id=show("ent", row.id),
        buyer_reference=row.buyer_reference,
        product_id=show("prd", row.product_id),
        order_id=show("ord", row.order_id) if row.order_id else None,
        status=row.status,
        level=row.level,
        rank=row.rank,
        starts_at=moment_text(row.starts_at),
        ends_at=moment_text(row.ends_at),
    )
