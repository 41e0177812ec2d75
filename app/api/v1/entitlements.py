"""What buyers are entitled to."""

from typing import Annotated, Any, Literal

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, Moment, ShortText, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import show
from app.read.resources import entitlements


class Entitlement(Answer):
    """Membership time of one buyer for one product."""

    id: str
    buyer_reference: str
    product_id: str
    order_id: str
    status: Annotated[
        Literal["active", "revoked"],
        Field(description="An active one counts between `starts_at` and `ends_at`; a revoked one never."),
    ]
    starts_at: Moment
    ends_at: Moment


class EntitlementQuery(ListQuery):
    """Whose entitlements."""

    buyer_reference: Annotated[ShortText, Field(description="Your own name for the buyer.")]


@v1.get(
    "/entitlements",
    query=EntitlementQuery,
    answer=Page[Entitlement],
    permission="entitlements.read",
    tag="Entitlements",
)
def list_entitlements(caller: KeyCaller, query: EntitlementQuery) -> Page[Entitlement]:
    """List a buyer's entitlements.

    Newest first. Ask this before you let somebody in.
    """
    found = entitlements.list_entitlements(
        caller.business_id, buyer_reference=query.buyer_reference, after=query.after(), limit=query.limit
    )
    return page_of(found, limit=query.limit, item=_entitlement, key=lambda row: (row.created_at, row.id))


def _entitlement(row: Any) -> Entitlement:
    return Entitlement(
        id=show("ent", row.id),
        buyer_reference=row.buyer_reference,
        product_id=show("prd", row.product_id),
        order_id=show("ord", row.order_id),
        status=row.status,
        starts_at=moment_text(row.starts_at),
        ends_at=moment_text(row.ends_at),
    )
