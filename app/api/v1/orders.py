"""Orders."""

from collections.abc import Callable
from typing import Annotated, Any, Literal
from uuid import UUID, uuid5

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import (
    AmountMinor,
    Answer,
    AnyAmountMinor,
    CouponCode,
    Currency,
    HttpUrl,
    Metadata,
    Moment,
    Shape,
    ShortText,
    moment_text,
)
from app.api.v1.api import KeyCaller, about_order, metadata_of, v1
from app.api.v1.sessions import (
    BuyerAnswer,
    BuyerRequest,
    InCurrency,
    LineItems,
    PayerRequest,
    buyer_of,
    details_of,
    items_of,
)
from app.core.ids import parse, show
from app.domain.marketing.types import MAX_COUPONS
from app.read.resources import orders
from app.workflow import complete_orders
from app.workflow.close_stale_orders import close_order
from app.workflow.pay_order import pay_order as start_paying
from app.workflow.pay_order import place_and_pay
from app.workflow.place_order import Wish
from app.workflow.share_wallet import FromWallet

OrderStatus = Literal[
    "created", "paying", "paid", "fulfilling", "fulfilled", "completed", "closed", "refunding", "refunded"
]


class OrderLine(Answer):
    """One position of an order, as it was when it was bought."""

    id: str
    sku_id: str
    product_id: str
    title: str
    specification: Annotated[dict[str, str], Field(description="What was chosen of the product's options.")]
    quantity: int
    unit_price_minor: AnyAmountMinor
    discount_minor: AnyAmountMinor
    amount_minor: AnyAmountMinor
    currency: Currency


class OrderCoupon(Answer):
    """What a coupon gave with an order."""

    coupon_id: Annotated[str | None, Field(description="Null for a code that everybody uses.")]
    template_id: str
    code: str
    name: str
    discount_minor: AnyAmountMinor
    status: Annotated[
        Literal["held", "used", "returned"], Field(description="`returned`: it can be used again with another order.")
    ]


class OrderSource(Answer):
    """Where an order's money came from, and what of it went back there."""

    channel: Annotated[str, Field(description="The channel, or `wallet` for the buyer's balance.")]
    amount_minor: AnyAmountMinor
    refunded_minor: AnyAmountMinor


class Order(Answer):
    """One purchase."""

    id: str
    status: OrderStatus
    close_reason: str | None
    currency: Currency
    total_minor: AnyAmountMinor
    paid_minor: AnyAmountMinor
    refunded_minor: AnyAmountMinor
    paid_by: Annotated[
        list[OrderSource], Field(description="What paid the order, once it is paid; the sum is `paid_minor`.")
    ]
    buyer: BuyerAnswer
    lines: list[OrderLine]
    coupons: list[OrderCoupon]
    checkout_session_id: str | None
    metadata: dict[str, str]
    created_at: Moment
    expires_at: Annotated[Moment, Field(description="When the time to pay is over.")]
    paid_at: Moment | None
    fulfilled_at: Moment | None
    completed_at: Moment | None


class PaymentRequest(Shape):
    """How an order is to be paid."""

    channel: Annotated[
        str | None,
        Field(pattern="^[a-z0-9_]{1,60}$", description="The way to pay; the first that can take it when absent."),
    ] = None
    scene: Literal["web", "mobile", "qr", "app"] = "web"
    payer: PayerRequest | None = None
    return_url: HttpUrl | None = None
    wallet_minor: Annotated[
        AmountMinor | None,
        Field(description="So much comes from the buyer's wallet, and the rest by the channel."),
    ] = None
    use_wallet: Annotated[
        bool, Field(description="As much as there is comes from the buyer's wallet, and the rest by the channel.")
    ] = False


class OrderRequest(PaymentRequest):
    """An order to be placed and paid. Prices come from the catalogue, never from the request."""

    line_items: LineItems
    currency: InCurrency = None
    buyer: BuyerRequest
    coupon_codes: Annotated[
        list[CouponCode],
        Field(max_length=MAX_COUPONS, description="Coupons to be used; the order is refused when one cannot be."),
    ] = []
    metadata: Metadata = {}


class OrderPayment(Answer):
    """How the order's payment stands."""

    attempt_id: str
    channel: str
    amount_minor: Annotated[AnyAmountMinor, Field(description="What the channel is to bring.")]
    wallet_minor: Annotated[
        AnyAmountMinor, Field(description="What comes from the buyer's wallet beside it; held until this is decided.")
    ]
    status: Literal["ready", "pending", "unknown", "succeeded", "failed", "cancelled"]
    action: Annotated[
        dict[str, Any] | None,
        Field(description="`{type: redirect|qr|app, url?, content?, params?}`: how the buyer goes on."),
    ]
    decline_code: str | None


class NewOrder(Order):
    """An order that was just placed, and its payment."""

    payment: Annotated[
        OrderPayment | None, Field(description="Null when there is nothing to pay: the order is paid at once then.")
    ]


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


@v1.post(
    "/orders",
    body=OrderRequest,
    answer=NewOrder,
    status=201,
    permission="orders.write",
    idempotent=True,
    tag="Orders",
    errors=("not_found", "not_on_sale", "out_of_stock", "quantity_not_allowed",
            "buyer_limit", "sku_twice", "channel_unavailable",
            "order_state", "order_expired", "payment_in_progress", "moved", "mixed_currencies", "amount_too_large",
            "insufficient_funds", "invalid_amount", "not_reserved", "coupon_refused", "no_price"),
)  # fmt: skip
def create_order(caller: KeyCaller, body: OrderRequest, claim_id: UUID) -> Callable[[], NewOrder]:
    """Place an order and start paying it.

    For shops that show their own checkout: you answer for the buyer's agreement to your terms. Send the buyer where
    `payment.action` points. A `payment.status` of `unknown` is asked about until it is known.
    """
    about_order(claim_id)
    wish = Wish(
        items=items_of(body.line_items),
        currency=body.currency,
        buyer=buyer_of(body.buyer),
        details=details_of(body.metadata, body.payer),
        coupon_codes=body.coupon_codes,
    )
    place_and_pay(
        caller.business_id,
        wish,
        order_id=claim_id,
        attempt_id=uuid5(claim_id, "first attempt"),
        channel=body.channel,
        scene=body.scene,
        return_url=body.return_url,
        from_wallet=_from_wallet(body),
    )
    return lambda: _new_order(caller.business_id, claim_id)


@v1.post(
    "/orders/{order_id}/pay",
    body=PaymentRequest,
    answer=NewOrder,
    permission="orders.write",
    idempotent=True,
    tag="Orders",
    errors=("channel_unavailable", "order_state", "order_expired", "payment_in_progress", "moved",
            "insufficient_funds", "invalid_amount", "not_reserved"),
)  # fmt: skip
def pay_order(caller: KeyCaller, order_id: str, body: PaymentRequest, claim_id: UUID) -> Callable[[], NewOrder]:
    """Pay an order.

    Starts paying an order that waits to be paid, such as one whose last payment failed. With `wallet_minor` or
    `use_wallet` a share comes from the buyer's own wallet: it is held until the channel's part is paid, and free again
    when that fails.
    """
    wanted = parse("ord", order_id)
    about_order(wanted)
    start_paying(
        caller.business_id,
        wanted,
        attempt_id=claim_id,
        channel=body.channel,
        scene=body.scene,
        return_url=body.return_url,
        from_wallet=_from_wallet(body),
    )
    return lambda: _new_order(caller.business_id, wanted)


def _from_wallet(body: PaymentRequest) -> FromWallet:
    return FromWallet.wish(minor=body.wallet_minor, as_much_as_there_is=body.use_wallet)


def _new_order(business_id: UUID, order_id: UUID) -> NewOrder:
    found, charge = orders.get_order_with_charge(business_id, order_id)
    return NewOrder(**_members(found), payment=_payment(found.row, charge) if charge is not None else None)


def _payment(order: Any, charge: Any) -> OrderPayment:
    return OrderPayment(
        attempt_id=show("att", charge.id),
        channel=charge.channel,
        amount_minor=charge.amount_minor,
        wallet_minor=order.total_minor - charge.amount_minor,
        status=charge.status,
        action=charge.action,
        decline_code=charge.decline_code,
    )


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
def cancel_order(caller: KeyCaller, order_id: str, claim_id: UUID) -> Callable[[], Order]:
    """Cancel an order that is not paid.

    What it held goes back to stock. A payment that was begun is closed at the payment company first; if the money
    came in meanwhile, the order is paid and the answer says so.
    """
    del claim_id  # closing twice is closing once
    wanted = parse("ord", order_id)
    about_order(wanted)
    close_order(caller.business_id, wanted, reason="cancelled", actor=caller.actor)
    return lambda: _order(orders.get_order(caller.business_id, wanted))


@v1.post(
    "/orders/{order_id}/complete",
    answer=Order,
    permission="orders.write",
    tag="Orders",
    errors=("order_state", "moved"),
)
def complete_order(caller: KeyCaller, order_id: str) -> Order:
    """Confirm that the goods arrived.

    By itself an order completes when the business's period is over. Completing it again changes nothing.
    """
    wanted = parse("ord", order_id)
    about_order(wanted)
    complete_orders.complete_order(caller.business_id, wanted, actor=caller.actor)
    return _order(orders.get_order(caller.business_id, wanted))


def _order(found: orders.OrderWithLines) -> Order:
    return Order(**_members(found))


def _members(found: orders.OrderWithLines) -> dict[str, Any]:
    row = found.row
    return {
        "id": show("ord", row.id),
        "status": row.status,
        "close_reason": row.close_reason,
        "currency": row.currency,
        "total_minor": row.total_minor,
        "paid_minor": row.paid_minor,
        "refunded_minor": row.refunded_minor,
        "paid_by": [
            OrderSource(
                channel=source.channel, amount_minor=source.amount_minor, refunded_minor=int(source.returned_minor)
            )
            for source in found.sources
        ],
        "buyer": BuyerAnswer(reference=row.buyer_reference, email=row.buyer_email),
        "lines": [_line(line) for line in found.lines],
        "coupons": [_coupon(use) for use in found.coupons],
        "checkout_session_id": show("ses", row.session_id) if row.session_id else None,
        "metadata": metadata_of(row.details),
        "created_at": moment_text(row.created_at),
        "expires_at": moment_text(row.expires_at),
        "paid_at": moment_text(row.paid_at),
        "fulfilled_at": moment_text(row.fulfilled_at),
        "completed_at": moment_text(row.completed_at),
    }


def _coupon(row: Any) -> OrderCoupon:
    return OrderCoupon(
        coupon_id=show("cpn", row.coupon_id) if row.coupon_id else None,
        template_id=show("cpt", row.template_id),
        code=row.code,
        name=row.name,
        discount_minor=row.spent_minor,
        status="returned" if row.released else "used" if row.used else "held",
    )


def _line(row: Any) -> OrderLine:
    return OrderLine(
        id=show("oln", row.id),
        sku_id=show("sku", row.sku_id),
        product_id=show("prd", row.product_id),
        title=row.title,
        specification=row.specification.get("options", {}),
        quantity=row.quantity,
        unit_price_minor=row.unit_price_minor,
        discount_minor=row.discount_minor,
        amount_minor=row.amount_minor,
        currency=row.currency,
    )
