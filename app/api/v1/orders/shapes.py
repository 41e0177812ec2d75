"""Orders as they are told."""

from typing import Annotated, Literal, TypedDict

from pydantic import Field

from app.api.kit.shapes import Answer, AnyAmountMinor, Currency, Moment, OneOf, moment_text
from app.api.v1.api import metadata_of
from app.api.v1.parts import AddressAnswer, BillingAnswer, BuyerAnswer, address_answer, billing_answer
from app.core.ids import show
from app.domain.orders.contact import ANSWERS
from app.domain.orders.states import OrderStatus
from app.domain.orders.types import LineDiscount as TakenOff
from app.domain.orders.types import read_discounts
from app.read.orders import orders_resource as orders
from app.read.orders.order_lines import Part, parts_of
from app.read.orders.order_rows import LineRow


class LineDiscount(Answer):
    """What one promotion or coupon took off a line."""

    source: Literal["promotion", "coupon", "contract_credit", "unknown"]
    promotion_id: str | None
    coupon_template_id: str | None
    coupon_id: Annotated[str | None, Field(description="Null for a shared code.")]
    discount_minor: AnyAmountMinor


class OrderLine(Answer):
    """One position of an order, as it was when it was bought."""

    id: str
    part_id: Annotated[str, Field(description="Its sub-order.")]
    sku_id: str
    product_id: str
    title: str
    specification: Annotated[dict[str, str], Field(description="The chosen options.")]
    quantity: int
    unit_price_minor: AnyAmountMinor
    subtotal_minor: Annotated[AnyAmountMinor, Field(description="Unit price × quantity, before discounts.")]
    discount_minor: AnyAmountMinor
    discounts: Annotated[list[LineDiscount], Field(description="They sum to `discount_minor`.")]
    amount_minor: AnyAmountMinor
    currency: Currency
    seller_id: Annotated[str | None, Field(description="Who sold it; null for the business itself.")]
    seller_name: Annotated[str | None, Field(description="The seller’s name when the order was placed.")]


class OrderPart(Answer):
    """What of an order is delivered and refunded on its own."""

    id: str
    split_by: Annotated[str, Field(description="How the order was split, such as `seller`.")]
    value: Annotated[str, Field(description="The value its lines share, such as the seller’s ID.")]
    amount_minor: AnyAmountMinor
    refunded_minor: Annotated[AnyAmountMinor, Field(description="Amount refunded or being refunded.")]
    status: Annotated[
        Literal["waiting", "pending", "delivered", "delivered_in_part", "not_delivered", "refunded"],
        Field(description="Delivery status; `waiting` until the order is paid."),
    ]


class OrderCoupon(Answer):
    """What a coupon gave with an order."""

    coupon_id: Annotated[str | None, Field(description="Null for a shared code.")]
    template_id: str
    code: str
    name: str
    discount_minor: AnyAmountMinor
    status: Annotated[
        Literal["reserved", "used", "returned"],
        Field(description="`returned`: it can be used again with another order."),
    ]


class OrderSource(Answer):
    """Where an order's money came from, and what of it went back there."""

    channel: Annotated[str, Field(description="The channel, or `wallet` for the buyer’s balance.")]
    amount_minor: AnyAmountMinor
    refunded_minor: AnyAmountMinor


class OrderField(Answer):
    """A custom field of the checkout, as the buyer answered it."""

    key: str
    label: str
    answer: str


class Order(Answer):
    """One purchase."""

    id: str
    number: Annotated[str, Field(description="What you and your buyers call it; the payment company shows it, too.")]
    status: Annotated[str, OneOf(OrderStatus)]
    close_reason: str | None
    currency: Currency
    total_minor: AnyAmountMinor
    paid_minor: AnyAmountMinor
    refunded_minor: AnyAmountMinor
    paid_by: Annotated[list[OrderSource], Field(description="How the order was paid; sums to `paid_minor`.")]
    buyer: BuyerAnswer
    lines: list[OrderLine]
    parts: Annotated[list[OrderPart], Field(description="Their amounts sum to `total_minor`.")]
    coupons: list[OrderCoupon]
    checkout_session_id: str | None
    metadata: dict[str, str]
    custom_fields: list[OrderField]
    shipping_address: Annotated[AddressAnswer | None, Field(description="Where to ship to, if anything is shipped.")]
    billing_details: Annotated[BillingAnswer | None, Field(description="The company that the receipt is for.")]
    created_at: Moment
    expires_at: Annotated[Moment, Field(description="Payment deadline.")]
    paid_at: Moment | None
    fulfilled_at: Moment | None
    completed_at: Moment | None


class OrderMembers(TypedDict):
    """What every answer about an order has."""

    id: str
    number: str
    status: str
    close_reason: str | None
    currency: str
    total_minor: int
    paid_minor: int
    refunded_minor: int
    paid_by: list[OrderSource]
    buyer: BuyerAnswer
    lines: list[OrderLine]
    parts: list[OrderPart]
    coupons: list[OrderCoupon]
    checkout_session_id: str | None
    metadata: dict[str, str]
    custom_fields: list[OrderField]
    shipping_address: AddressAnswer | None
    billing_details: BillingAnswer | None
    created_at: str
    expires_at: str
    paid_at: str | None
    fulfilled_at: str | None
    completed_at: str | None


def members_of(found: orders.OrderWithLines) -> OrderMembers:
    """The members of an order's answer."""
    row = found.row
    return {
        "id": show("ord", row.id),
        "number": row.number,
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
        "buyer": BuyerAnswer(reference=row.buyer_reference, email=row.buyer_email, phone=row.buyer_phone),
        "lines": [_line(line) for line in found.lines],
        "parts": [_part(part) for part in parts_of(found.lines)],
        "coupons": [_coupon(use) for use in found.coupons],
        "checkout_session_id": show("ses", row.session_id) if row.session_id else None,
        "metadata": metadata_of(row.details),
        "custom_fields": [OrderField(**each) for each in row.details.get(ANSWERS, [])],
        "shipping_address": address_answer(row.details),
        "billing_details": billing_answer(row.details),
        "created_at": moment_text(row.created_at),
        "expires_at": moment_text(row.expires_at),
        "paid_at": moment_text(row.paid_at),
        "fulfilled_at": moment_text(row.fulfilled_at),
        "completed_at": moment_text(row.completed_at),
    }


def _part(part: Part) -> OrderPart:
    return OrderPart(
        id=show("sub", part.id),
        split_by=part.split_by,
        value=part.value,
        amount_minor=part.amount_minor,
        refunded_minor=part.refunded_minor,
        status=part.status,
    )


def _coupon(row: orders.UseRow) -> OrderCoupon:
    return OrderCoupon(
        coupon_id=show("cpn", row.coupon_id) if row.coupon_id else None,
        template_id=show("cpt", row.template_id),
        code=row.code,
        name=row.name,
        discount_minor=row.spent_minor,
        status="returned" if row.released else "used" if row.used else "reserved",
    )


def _line(row: LineRow) -> OrderLine:
    return OrderLine(
        id=show("oln", row.id),
        part_id=show("sub", row.sub_order_id),
        sku_id=show("sku", row.sku_id),
        product_id=show("prd", row.product_id),
        title=row.title,
        specification=row.specification.get("options", {}),
        quantity=row.quantity,
        unit_price_minor=row.unit_price_minor,
        subtotal_minor=row.unit_price_minor * row.quantity,
        discount_minor=row.discount_minor,
        discounts=[_discount(each) for each in read_discounts(row.discounts)],
        amount_minor=row.amount_minor,
        currency=row.currency,
        seller_id=show("sel", row.seller_id) if row.seller_id else None,
        seller_name=row.seller_name,
    )


def _discount(each: TakenOff) -> LineDiscount:
    prefix = {"promotion": "prm", "coupon": "cpt"}.get(each.source)
    rule_id = show(prefix, each.rule_id) if prefix and each.rule_id else None
    return LineDiscount(
        source=each.source,
        promotion_id=rule_id if each.source == "promotion" else None,
        coupon_template_id=rule_id if each.source == "coupon" else None,
        coupon_id=show("cpn", each.coupon_id) if each.coupon_id else None,
        discount_minor=each.discount_minor,
    )
