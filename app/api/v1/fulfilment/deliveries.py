"""How goods reach buyers: the deliveries of an order, pools of licence keys, and the system that is called."""

from typing import Annotated

from pydantic import Field, StringConstraints

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import PRINTABLE, Answer, HttpUrl, Moment, OneOf, OrderId, Shape, moment_text
from app.api.v1.api import KeyCaller, v1
from app.api.v1.parts import Callback
from app.core.ids import parse, show
from app.domain.fulfilment.states import DeliveryStatus
from app.read.catalog import products_resource as products
from app.read.fulfilment import deliveries_resource as deliveries
from app.read.fulfilment.licence_keys import pool_of
from app.workflow.fulfilment import manage_delivery

KeyText = Annotated[str, StringConstraints(min_length=1, max_length=1000), PRINTABLE]


class Delivery(Answer):
    """The handing over of one line of an order."""

    id: str
    order_id: str
    line_id: str
    kind: str
    status: Annotated[
        str,
        OneOf(DeliveryStatus),
        Field(description="`failed` is refunded automatically; `kept` could not be revoked after a refund."),
    ]
    attempt_count: int
    next_attempt_at: Moment | None
    error: str | None
    text: Annotated[str | None, Field(description="Your system’s message to the buyer.")]
    accepted_at: Annotated[Moment | None, Field(description="When your system took it on, to do it later.")]
    promised_at: Annotated[Moment | None, Field(description="When it is expected then.")]
    progress: Annotated[str | None, Field(description="The last that your system said of it.")]
    delivered_at: Moment | None


class DeliveryQuery(ListQuery):
    """Of which order."""

    order_id: OrderId


class CallbackRequest(Shape):
    """Where your own system is called."""

    url: HttpUrl


class KeysRequest(Shape):
    """Licence keys for a pool; those that are in it already are left out."""

    keys: Annotated[list[KeyText], Field(min_length=1, max_length=5000)]


class KeysAdded(Answer):
    """What came of it."""

    added: int
    known: Annotated[int, Field(description="Keys that were already in the pool.")]


class KeyPool(Answer):
    """How many keys a SKU's pool has. Keys themselves are never shown again."""

    sku_id: str
    free: int
    delivered: int
    revoked: int


@v1.get("/deliveries", query=DeliveryQuery, answer=Page[Delivery], permission="orders.read", tag="Deliveries")
def list_deliveries(caller: KeyCaller, query: DeliveryQuery) -> Page[Delivery]:
    """List an order's deliveries."""
    order_id = parse("ord", query.order_id)
    found = deliveries.list_deliveries(caller.business_id, order_id=order_id, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_delivery, key=lambda row: (row.created_at, row.id))


@v1.post(
    "/products/{product_id}/delivery",
    body=CallbackRequest,
    answer=Callback,
    permission="products.write",
    tag="Deliveries",
    errors=("invalid_url", "other_delivery"),
)
def set_callback(caller: KeyCaller, product_id: str, body: CallbackRequest) -> Callback:
    """Have a product delivered by your own system.

    It is called with a signed POST (Standard Webhooks) when an order is paid and again when it is refunded. 2xx means
    done, 202 means later (then send events of the delivery), 4xx means no, and everything else is tried again for about
    fifteen hours.
    """
    secret = manage_delivery.set_callback(caller.business_id, parse("prd", product_id), body.url)
    return Callback(url=body.url, secret=secret)


@v1.post(
    "/skus/{sku_id}/licence_keys",
    body=KeysRequest,
    answer=KeysAdded,
    status=201,
    permission="products.write",
    tag="Deliveries",
    errors=("invalid_keys", "other_delivery"),
)
def add_licence_keys(caller: KeyCaller, sku_id: str, body: KeysRequest) -> KeysAdded:
    """Add licence keys to a SKU's pool.

    Its stock grows by as many. Orders that wait for keys get them soon.
    """
    sku = products.get_sku(caller.business_id, parse("sku", sku_id))
    made = manage_delivery.add_licence_keys(caller.business_id, sku.product_id, sku.id, body.keys, actor=caller.actor)
    return KeysAdded(added=made.added, known=made.known)


@v1.get("/skus/{sku_id}/licence_keys", answer=KeyPool, permission="products.read", tag="Deliveries")
def get_key_pool(caller: KeyCaller, sku_id: str) -> KeyPool:
    """Count a SKU's licence keys."""
    sku = products.get_sku(caller.business_id, parse("sku", sku_id))
    pool = pool_of(caller.business_id, sku.id)
    return KeyPool(sku_id=sku_id, free=pool.free, delivered=pool.delivered, revoked=pool.revoked)


def _delivery(row: deliveries.DeliveryRow) -> Delivery:
    return Delivery(
        id=show("dlv", row.id),
        order_id=show("ord", row.order_id),
        line_id=show("oln", row.line_id),
        kind=row.kind,
        status=row.status,
        attempt_count=row.attempt_count,
        next_attempt_at=moment_text(row.next_attempt_at),
        error=row.error,
        text=(row.answer or {}).get("text"),
        accepted_at=moment_text(row.accepted_at),
        promised_at=moment_text(row.promised_at),
        progress=row.progress,
        delivered_at=moment_text(row.delivered_at),
    )
