"""Receipts of paid orders."""

from typing import Annotated

from pydantic import Field

from app.api.kit.shapes import Answer, AnyAmountMinor, Moment, moment_text
from app.api.v1.api import KeyCaller, about_order, v1
from app.core.ids import parse, show
from app.workflow.orders.make_receipt import make_receipt


class ReceiptSeller(Answer):
    """Who sold, as it is printed."""

    name: str
    address: str
    tax_number: str
    email: str
    phone: str
    footer: str


class ReceiptTax(Answer):
    """The tax of one rate."""

    name: str
    rate_bps: Annotated[int, Field(description="In hundredths of a percent: 1900 is 19 %.")]
    gross_minor: Annotated[AnyAmountMinor, Field(description="What it is in, tax included.")]
    tax_minor: AnyAmountMinor


class Receipt(Answer):
    """The receipt of an order, as it was when it was first made."""

    order_id: str
    number: Annotated[int, Field(description="Up by one from receipt to receipt of the business.")]
    text: Annotated[str, Field(description="The number as it is printed.", examples=["R-2026-1000"])]
    seller: ReceiptSeller
    taxes: Annotated[list[ReceiptTax], Field(description="Taxes that the total includes.")]
    created_at: Moment


@v1.get("/orders/{order_id}/receipt", answer=Receipt, permission="orders.read", tag="Orders")
def get_order_receipt(caller: KeyCaller, order_id: str) -> Receipt:
    """Get the receipt of a paid order.

    The first request, or the first time that somebody opens it, gives it its number. From then on it stays the same.
    """
    row_id = parse("ord", order_id)
    about_order(row_id)
    made = make_receipt(caller.business_id, row_id)
    return Receipt(
        order_id=show("ord", made.order_id),
        number=made.number,
        text=made.text,
        seller=ReceiptSeller(**made.seller),
        taxes=[ReceiptTax(**each) for each in made.taxes],
        created_at=moment_text(made.created_at),
    )
