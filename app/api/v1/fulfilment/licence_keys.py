"""The keys of a pool, one by one, without what they say."""

from typing import Annotated

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, Moment, OneOf, SkuId, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.domain.fulfilment.states import LicenceKeyStatus
from app.read.fulfilment import licence_keys
from app.workflow.fulfilment import manage_delivery


class LicenceKey(Answer):
    """A licence key. What it says is never shown again."""

    id: str
    sku_id: str
    status: Annotated[str, OneOf(LicenceKeyStatus)]
    hint: Annotated[str, Field(description="Its last characters, if long enough.")]
    order_id: Annotated[str | None, Field(description="The buyer whose order has it.")]
    created_at: Moment


class LicenceKeyQuery(ListQuery):
    """Of which SKU."""

    sku_id: SkuId
    status: Annotated[str, OneOf(LicenceKeyStatus)] | None = None


@v1.get("/licence_keys", query=LicenceKeyQuery, answer=Page[LicenceKey], permission="products.read", tag="Deliveries")
def list_licence_keys(caller: KeyCaller, query: LicenceKeyQuery) -> Page[LicenceKey]:
    """List a SKU's licence keys.

    Newest first.
    """
    found = licence_keys.list_keys(
        caller.business_id,
        parse("sku", query.sku_id),
        status=query.status or "",
        after=query.after(),
        limit=query.limit,
    )
    return page_of(found, limit=query.limit, item=_key, key=lambda row: (row.created_at, row.id))


@v1.post(
    "/licence_keys/{licence_key_id}/revoke",
    answer=LicenceKey,
    permission="products.write",
    tag="Deliveries",
    errors=("key_not_free", "stock_reserved"),
)
def revoke_licence_key(caller: KeyCaller, licence_key_id: str) -> LicenceKey:
    """Take a licence key out of its pool.

    One that nobody bought. The SKU's stock is less by one.
    """
    row_id = parse("lky", licence_key_id)
    manage_delivery.revoke_licence_key(caller.business_id, row_id, actor=caller.actor)
    return _key(licence_keys.get_key(caller.business_id, row_id))


def _key(row: licence_keys.KeyRow) -> LicenceKey:
    return LicenceKey(
        id=show("lky", row.id),
        sku_id=show("sku", row.sku_id),
        status=row.status,
        hint=row.hint,
        order_id=show("ord", row.order_id) if row.order_id else None,
        created_at=moment_text(row.created_at),
    )
