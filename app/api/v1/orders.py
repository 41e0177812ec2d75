"""Orders."""

from typing import Annotated, Any, Literal

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, AnyAmountMinor, Currency, Moment, ShortText, moment_text
from app.api.v1.api import KeyCaller, about_order, metadata_of, v1
from app.api.v1.sessions import BuyerAnswer
from app.core.ids import parse, show
from app.read.resources import orders
from app.workflow.close_stale_orders import close_order

OrderStatus = Literal[
    "created", "paying", "paid", "fulfilling", "fulfilled", "completed", "closed", "refunding", "refunded"
]


class OrderLine(Answer):
    """One position of an order, as it was when it was bought."""

    id: str
    sku_id: str
    product_id: str
    title: str
    quantity: int
    unit_price_minor: AnyAmountMinor
    discount_minor: AnyAmountMinor
    amount_minor: AnyAmountMinor
    currency: Currency


class Order(Answer):
    """One purchase."""

    id: str
    status: OrderStatus
    close_reason: str | None
    currency: Currency
    total_minor: AnyAmountMinor
    paid_minor: AnyAmountMinor
    refunded_minor: AnyAmountMinor
    buyer: BuyerAnswer
    lines: list[OrderLine]
    checkout_session_id: str | None
    metadata: dict[str, str]
    created_at: Moment
    expires_at: Annotated[Moment, Field(description="When the time to pay is over.")]
    paid_at: Moment | None
    fulfilled_at: Moment | None
    completed_at: Moment | None


class OrderQuery(ListQuery):
    """What a list of orders may be narrowed by."""

    status: OrderStatus | None = None
    buyer_reference: ShortText | None = None


@v1.get("/orders", query=OrderQuery, answer=Page[Order], permission="orders.read", tag="Orders")
def list_orders(caller: KeyCaller, query: OrderQuery) -> Page[Order]:
    """List orders.

    Newest first.
    """
    found = orders.list_orders(
        caller.business_id,
        status=query.status,
        buyer_reference=query.buyer_reference,
        after=query.after(),
        limit=query.limit,
    )
    return page_of(found, limit=query.limit, item=_order, key=lambda each: (each.row.created_at, each.row.id))


@v1.get("/orders/{order_id}", answer=Order, permission="orders.read", tag="Orders")
def get_order(caller: KeyCaller, order_id: str) -> Order:
    """Get an order."""
    return _order(orders.get_order(caller.business_id, parse("ord", order_id)))


@v1.post(
    "/orders/{order_id}/cancel",
    answer=Order,
    permission="orders.write",
    idempotent=True,
    tag="Orders",
    errors=("order_state", "payment_in_progress", "moved"),
)
def cancel_order(caller: KeyCaller, order_id: str, claim_id: object) -> Order:
    """Cancel an order that is not paid.

    What it held goes back to stock. A payment that was begun is closed at the payment company first; if the money
    came in meanwhile, the order is paid and the answer says so.
    """
    del claim_id  # closing twice is closing once
    wanted = parse("ord", order_id)
    about_order(wanted)
    close_order(caller.business_id, wanted, reason="cancelled", actor=caller.actor)
    return _order(orders.get_order(caller.business_id, wanted))


def _order(found: orders.OrderWithLines) -> Order:
    row = found.row
    return Order(
        id=show("ord", row.id),
        status=row.status,
        close_reason=row.close_reason,
        currency=row.currency,
        total_minor=row.total_minor,
        paid_minor=row.paid_minor,
        refunded_minor=row.refunded_minor,
        buyer=BuyerAnswer(reference=row.buyer_reference, email=row.buyer_email),
        lines=[_line(line) for line in found.lines],
        checkout_session_id=show("ses", row.session_id) if row.session_id else None,
        metadata=metadata_of(row.details),
        created_at=moment_text(row.created_at),
        expires_at=moment_text(row.expires_at),
        paid_at=moment_text(row.paid_at),
        fulfilled_at=moment_text(row.fulfilled_at),
        completed_at=moment_text(row.completed_at),
    )


def _line(row: Any) -> OrderLine:
    return OrderLine(
        id=show("oln", row.id),
        sku_id=show("sku", row.sku_id),
        product_id=show("prd", row.product_id),
        title=row.title,
        quantity=row.quantity,
        unit_price_minor=row.unit_price_minor,
        discount_minor=row.discount_minor,
        amount_minor=row.amount_minor,
        currency=row.currency,
    )
