"""Orders."""

from collections.abc import Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.api.kit.once import ClaimInHand
from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import (
    DIGITS_ONLY,
    ID_PATTERN,
    AgreementId,
    AmountMinor,
    Answer,
    AnyAmountMinor,
    CouponCode,
    Currency,
    HttpUrl,
    Metadata,
    OneOf,
    SellerId,
    Shape,
    ShortText,
    SkuId,
)
from app.api.v1.api import KeyCaller, about_order, v1
from app.api.v1.orders.shapes import Order, members_of
from app.api.v1.parts import (
    BillingDetails,
    BuyerRequest,
    InCurrency,
    LineItems,
    PayerRequest,
    ShippingAddress,
    buyer_of,
    details_of,
    items_of,
)
from app.core.errors import Invalid
from app.core.ids import parse, show
from app.core.last_read import LastRead
from app.core.money import MAX_MINOR
from app.domain.marketing.types import MAX_COUPONS
from app.domain.orders.states import OrderStatus
from app.domain.orders.types import PlaceOrderCommand
from app.domain.payments.states import AttemptStatus
from app.domain.payments.types import WalletPortion
from app.read.orders import orders_resource as orders
from app.read.orders.order_rows import ChargeRow
from app.workflow.orders import complete_orders
from app.workflow.orders.close_orders import close_order
from app.workflow.orders.place_and_pay import place_and_pay
from app.workflow.payments.pay_order import pay_order as start_paying


class PaymentRequest(Shape):
    """How an order is to be paid."""

    channel: Annotated[
        str | None,
        Field(pattern="^[a-z0-9_]{1,60}$", description="The payment method. Defaults to the first available one."),
    ] = None
    scene: Literal["web", "mobile", "qr", "app"] = "web"
    payer: PayerRequest | None = None
    return_url: HttpUrl | None = None
    wallet_minor: Annotated[
        AmountMinor | None,
        Field(description="Amount paid from the buyer’s wallet; the channel charges the rest."),
    ] = None
    use_wallet: Annotated[
        bool, Field(description="Use the buyer’s full available balance; the channel charges the rest.")
    ] = False


class AgreementAcceptance(Shape):
    """A text that the buyer accepted on your own page."""

    id: Annotated[AgreementId, Field(description="The version that was shown.")]
    hash: Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="`hash` of that version.")]


class OrderRequest(PaymentRequest):
    """An order to be placed and paid. Prices come from the catalogue, never from the request."""

    line_items: LineItems
    currency: InCurrency = None
    buyer: BuyerRequest
    coupon_codes: Annotated[
        list[CouponCode],
        Field(max_length=MAX_COUPONS, description="Coupons to use. The order is rejected if one is not valid."),
    ] = []
    metadata: Metadata = {}
    shipping_address: ShippingAddress = None
    billing_details: BillingDetails = None
    agreements: Annotated[
        list[AgreementAcceptance] | None,
        Field(
            max_length=50,
            description="The texts that the buyer accepted, kept with the order as proof: all that the products "
            "ask for. Null: you answer for the agreement yourself. Their address is `payer.buyer_ip`.",
        ),
    ] = None


class OrderPayment(Answer):
    """How the order's payment stands."""

    attempt_id: str
    channel: str
    amount_minor: Annotated[AnyAmountMinor, Field(description="Amount charged by the channel.")]
    wallet_minor: Annotated[
        AnyAmountMinor, Field(description="Amount from the buyer’s wallet, reserved until the payment is final.")
    ]
    status: Annotated[str, OneOf(AttemptStatus)]
    action: Annotated[
        dict[str, Any] | None,
        Field(description="`{type: redirect|qr|app, url?, content?, params?}`: the buyer’s next step."),
    ]
    decline_code: str | None


class NewOrder(Order):
    """An order that was just placed, and its payment."""

    payment: Annotated[
        OrderPayment | None, Field(description="Null if nothing is due; the order is then paid immediately.")
    ]


class OrderQuery(ListQuery):
    """What a list of orders may be narrowed by."""

    status: Annotated[str, OneOf(OrderStatus)] | None = None
    number: Annotated[ShortText | None, Field(description="The order with this number.")] = None
    buyer_reference: ShortText | None = None
    currency: Currency | None = None
    total_minor_from: Annotated[
        int | None, Field(ge=0, le=MAX_MINOR, description="Minimum amount, in `currency`."), DIGITS_ONLY
    ] = None
    total_minor_to: Annotated[
        int | None, Field(ge=0, le=MAX_MINOR, description="Maximum amount, in `currency`."), DIGITS_ONLY
    ] = None
    product_id: Annotated[
        str | None, Field(pattern=f"^prd_{ID_PATTERN}$", description="With a line of this product.")
    ] = None
    sku_id: Annotated[SkuId | None, Field(description="With a line of this SKU.")] = None
    seller_id: Annotated[SellerId | None, Field(description="With a line of this seller.")] = None
    channel: Annotated[
        str | None, Field(pattern="^[a-z0-9_]{1,60}$", description="Paid through this channel.", examples=["stripe"])
    ] = None


SAME = {"status", "number", "buyer_reference", "currency", "total_minor_from", "total_minor_to", "channel"}


@v1.get("/orders", query=OrderQuery, answer=Page[Order], permission="orders.read", tag="Orders")
def list_orders(caller: KeyCaller, query: OrderQuery) -> Page[Order]:
    """List orders.

    Newest first.
    """
    if query.currency is None and (query.total_minor_from, query.total_minor_to) != (None, None):
        raise Invalid("invalid_parameter", "currency: amounts need their currency.", details={"param": "currency"})
    filters = orders.OrderFilter(
        product_id=parse("prd", query.product_id) if query.product_id else None,
        sku_id=parse("sku", query.sku_id) if query.sku_id else None,
        seller_id=parse("sel", query.seller_id) if query.seller_id else None,
        **query.model_dump(include=SAME),
    )
    found = orders.list_orders(caller.business_id, filters, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_order, key=lambda each: (each.row.created_at, each.row.id))


@v1.post(
    "/orders",
    body=OrderRequest,
    answer=NewOrder,
    status=201,
    permission="orders.write",
    idempotent=True,
    in_phases=True,
    tag="Orders",
    errors=("business_not_activated", "orders_later",
            "not_found", "not_on_sale", "currency_not_accepted", "out_of_stock", "quantity_not_allowed",
            "buyer_limit", "sku_twice", "channel_unavailable", "request_unsupported", "payment_method_mismatch",
            "order_state", "order_expired", "payment_in_progress", "version_conflict",
            "mixed_currencies", "amount_too_large",
            "insufficient_funds", "invalid_amount", "not_reserved", "coupon_refused", "no_price",
            "agreement_required", "unknown_split_strategy", "too_many_declines", "declines_exhausted",
             "means_declined", "risk_blocked", "risk_review", "address_required", "invalid_shipping_address",
             "invalid_billing_details"),
)  # fmt: skip
def create_order(caller: KeyCaller, body: OrderRequest, claim_id: UUID, claim: ClaimInHand) -> Callable[[], NewOrder]:
    """Place an order and start paying it.

    For shops that show their own checkout. Name the texts that the buyer accepted in `agreements`; without them you
    answer for the agreement yourself. Send the buyer where `payment.action` points. A `payment.status` of `unknown` is
    asked about until it is known.
    """
    about_order(claim_id)
    accepted = [(parse("agr", each.id), each.hash) for each in body.agreements or ()]
    command = PlaceOrderCommand(
        items=items_of(body.line_items),
        currency=body.currency,
        buyer=buyer_of(body.buyer),
        details=details_of(body.metadata, body.payer, body.shipping_address, body.billing_details),
        coupon_codes=body.coupon_codes,
        channel=body.channel,
        agreements=None if body.agreements is None else accepted,
        buyer_ip=str(body.payer.buyer_ip) if body.payer and body.payer.buyer_ip else None,
    )

    def answer() -> NewOrder:
        return _new_order(caller.business_id, claim_id)

    place_and_pay(
        caller.business_id,
        command,
        order_id=claim_id,
        is_new=claim.is_first,
        then=LastRead(lambda: claim.keep(answer), announce=lambda: orders.read_parts_ahead(claim_id)),
        request_id=claim_id,
        channel=body.channel,
        scene=body.scene,
        return_url=body.return_url,
        from_wallet=_from_wallet(body),
    )
    return answer


@v1.post(
    "/orders/{order_id}/pay",
    body=PaymentRequest,
    answer=NewOrder,
    permission="orders.write",
    idempotent=True,
    in_phases=True,
    tag="Orders",
    errors=("business_not_activated",
            "channel_unavailable", "request_unsupported", "payment_method_mismatch", "order_state", "order_expired",
            "payment_in_progress", "version_conflict",
            "insufficient_funds", "invalid_amount", "not_reserved", "too_many_declines",
            "declines_exhausted", "means_declined", "risk_blocked", "risk_review"),
)  # fmt: skip
def pay_order(
    caller: KeyCaller, order_id: str, body: PaymentRequest, claim_id: UUID, claim: ClaimInHand
) -> Callable[[], NewOrder]:
    """Pay an order.

    Starts paying an order that waits to be paid, such as one whose last payment failed. With `wallet_minor` or
    `use_wallet` a share comes from the buyer's own wallet: it is held until the channel's part is paid, and free again
    when that fails.
    """
    row_id = parse("ord", order_id)
    about_order(row_id)

    def answer() -> NewOrder:
        return _new_order(caller.business_id, row_id)

    start_paying(
        caller.business_id,
        row_id,
        then=LastRead(lambda: claim.keep(answer), announce=lambda: orders.read_parts_ahead(row_id)),
        request_id=claim_id,
        channel=body.channel,
        scene=body.scene,
        return_url=body.return_url,
        from_wallet=_from_wallet(body),
    )
    return answer


def _from_wallet(body: PaymentRequest) -> WalletPortion:
    return WalletPortion.of(minor=body.wallet_minor, as_much_as_there_is=body.use_wallet)


def _new_order(business_id: UUID, order_id: UUID) -> NewOrder:
    found, charge = orders.get_order_with_charge(business_id, order_id)
    return NewOrder(
        **members_of(found), payment=_payment(charge, total_minor=found.row.total_minor) if charge is not None else None
    )


def _payment(charge: ChargeRow, *, total_minor: int) -> OrderPayment:
    return OrderPayment(
        attempt_id=show("att", charge.id),
        channel=charge.channel,
        amount_minor=charge.amount_minor,
        wallet_minor=total_minor - charge.amount_minor,
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
    errors=("order_state", "payment_in_progress", "version_conflict"),
)
def cancel_order(caller: KeyCaller, order_id: str, claim_id: UUID) -> Callable[[], Order]:
    """Cancel an order that is not paid.

    What it held goes back to stock. A payment that was begun is closed at the payment company first; if the money
    came in meanwhile, the order is paid and the answer says so.
    """
    del claim_id  # closing twice is closing once
    row_id = parse("ord", order_id)
    about_order(row_id)
    close_order(caller.business_id, row_id, reason="cancelled", actor=caller.actor)
    return lambda: _order(orders.get_order(caller.business_id, row_id))


@v1.post(
    "/orders/{order_id}/complete",
    answer=Order,
    permission="orders.write",
    tag="Orders",
    errors=("order_state", "version_conflict"),
)
def complete_order(caller: KeyCaller, order_id: str) -> Order:
    """Confirm that the goods arrived.

    By itself an order completes when the business's period is over. Completing it again changes nothing.
    """
    row_id = parse("ord", order_id)
    about_order(row_id)
    return complete_orders.complete_order(
        caller.business_id,
        row_id,
        actor=caller.actor,
        then=LastRead(
            lambda: _order(orders.get_order(caller.business_id, row_id)),
            announce=lambda: orders.read_parts_ahead(row_id),
        ),
    )


def _order(found: orders.OrderWithLines) -> Order:
    return Order(**members_of(found))
