"""Receipts of paid orders."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from app.api.kit.shapes import Answer, AnyAmountMinor, Moment, moment_text
from app.api.v1.api import KeyCaller, about_order, v1
from app.api.v1.parts import BillingAnswer
from app.core.ids import parse, show
from app.read.orders.receipts import receipt_by_id
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


class CorrectedReceipt(Answer):
    """A receipt that another one took the place of."""

    number: int
    text: str
    created_at: Moment


class Receipt(Answer):
    """The receipt of an order, as it was when it was first made."""

    order_id: str
    number: Annotated[int, Field(description="Up by one from receipt to receipt of the business.")]
    text: Annotated[str, Field(description="The number as it is printed.", examples=["R-2026-1000"])]
    seller: ReceiptSeller
    buyer: Annotated[BillingAnswer | None, Field(description="The company that it is made out to.")]
    corrects: Annotated[CorrectedReceipt | None, Field(description="The receipt whose place it takes.")]
    taxes: Annotated[list[ReceiptTax], Field(description="Taxes that the total includes.")]
    created_at: Moment


@v1.get("/orders/{order_id}/receipt", answer=Receipt, permission="orders.read", tag="Orders")
def get_order_receipt(caller: KeyCaller, order_id: str) -> Receipt:
    """Get the receipt of a paid order.

    The first request, or the first time that somebody opens it, gives it its number. From then on it stays the
    same, unless its buyer has it made out to a company: then a corrected one takes its place, and names it.
    """
    row_id = parse("ord", order_id)
    about_order(row_id)
    made = make_receipt(caller.business_id, row_id)
    corrected = receipt_by_id(caller.business_id, made.corrects_id) if made.corrects_id else None
    return Receipt(
        order_id=show("ord", made.order_id),
        number=made.number,
        text=made.text,
        seller=ReceiptSeller(**made.seller),
        buyer=BillingAnswer(**made.buyer) if made.buyer else None,
        corrects=CorrectedReceipt(
            number=corrected.number, text=corrected.text, created_at=moment_text(corrected.created_at)
        )
        if corrected
        else None,
        taxes=[tax_of(each) for each in made.taxes],
        created_at=moment_text(made.created_at),
    )


def tax_of(kept: Mapping[str, Any]) -> ReceiptTax:
    """A tax as receipts and credit notes keep it."""
    return ReceiptTax(**{name: kept[name] for name in ReceiptTax.model_fields})
