"""Credit notes: what refunds take back of receipts."""

from typing import Annotated

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import ID_PATTERN, Answer, AnyAmountMinor, Currency, Moment, OrderId, moment_text
from app.api.v1.api import KeyCaller, v1
from app.api.v1.orders.receipts import ReceiptSeller, ReceiptTax, tax_of
from app.api.v1.parts import BillingAnswer
from app.core.ids import parse, show
from app.read.orders import credit_notes as read


class CreditNote(Answer):
    """What one refund takes back of a receipt."""

    id: str
    order_id: str
    refund_id: Annotated[str, Field(description="The refund; of one to several sources, the part of it.")]
    number: Annotated[int, Field(description="Up by one from credit note to credit note of the business.")]
    text: Annotated[str, Field(description="The number as it is printed.", examples=["C-2026-17"])]
    amount_minor: AnyAmountMinor
    currency: Currency
    seller: ReceiptSeller
    buyer: Annotated[BillingAnswer | None, Field(description="The company that the receipt is made out to.")]
    taxes: Annotated[list[ReceiptTax], Field(description="What of each tax goes back.")]
    created_at: Moment


class CreditNoteQuery(ListQuery):
    """What a list of credit notes may be narrowed by."""

    order_id: OrderId | None = None
    refund_id: Annotated[str | None, Field(pattern=f"^rfd_{ID_PATTERN}$")] = None


@v1.get("/credit_notes", query=CreditNoteQuery, answer=Page[CreditNote], permission="orders.read", tag="Orders")
def list_credit_notes(caller: KeyCaller, query: CreditNoteQuery) -> Page[CreditNote]:
    """List credit notes.

    Newest first. A refund has one soon after it has succeeded, if the order has a receipt, or else once it gets one.
    """
    found = read.list_notes(
        caller.business_id,
        order_id=parse("ord", query.order_id) if query.order_id else None,
        transaction_id=parse("rfd", query.refund_id) if query.refund_id else None,
        after=query.after(),
        limit=query.limit,
    )
    return page_of(found, limit=query.limit, item=_note, key=lambda row: (row.created_at, row.id))


@v1.get("/credit_notes/{credit_note_id}", answer=CreditNote, permission="orders.read", tag="Orders")
def get_credit_note(caller: KeyCaller, credit_note_id: str) -> CreditNote:
    """Get a credit note."""
    return _note(read.credit_note(caller.business_id, parse("crn", credit_note_id)))


def _note(row: read.CreditNoteRow) -> CreditNote:
    return CreditNote(
        id=show("crn", row.id),
        order_id=show("ord", row.order_id),
        refund_id=show("rfd", row.transaction_id),
        number=row.number,
        text=row.text,
        amount_minor=row.amount_minor,
        currency=row.currency,
        seller=ReceiptSeller(**row.seller),
        buyer=BillingAnswer(**row.buyer) if row.buyer else None,
        taxes=[tax_of(each) for each in row.taxes],
        created_at=moment_text(row.created_at),
    )
