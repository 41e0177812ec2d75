"""Receipts and statements as files, the same for buyers and for people of the portal."""

from __future__ import annotations

from uuid import UUID

from flask import Response

from app.core.ids import show
from app.read.orders.receipts import Receipt, receipt
from app.read.wallets.wallet_statements import WalletStatement, as_csv
from app.texts.receipt_document import ReceiptDocument, receipt_pdf
from app.texts.statement_document import statement_pdf
from app.workflow.orders.make_receipt import make_receipt


def made_pdf(business_id: UUID, order_id: UUID, *, buyer_reference: str | None = None) -> Response:
    """The receipt of a paid order as a PDF to keep; the first time somebody wants it, it gets its number.

    Raises:
        NotFound: there is no such order, it is somebody else's, or it was not paid.
    """
    return pdf_of(made(business_id, order_id, buyer_reference=buyer_reference))


def made(business_id: UUID, order_id: UUID, *, buyer_reference: str | None = None) -> Receipt:
    """The same as it is shown on a page."""
    make_receipt(business_id, order_id, buyer_reference=buyer_reference)
    return receipt(business_id, buyer_reference, order_id)


def pdf_of(paid: Receipt) -> Response:
    """A receipt as a PDF."""
    document = ReceiptDocument(
        merchant=paid.seller.name,
        address=paid.seller.address,
        tax_number=paid.seller.tax_number,
        support=", ".join(filter(None, (paid.seller.email, paid.seller.phone))),
        footer=paid.seller.footer,
        number=paid.number,
        taxes=paid.taxes,
        is_test=paid.mode == "test",
        time_zone=paid.time_zone,
        order=paid.order_number,
        locale=paid.locale,
        paid_at=paid.paid_at,
        currency=paid.currency,
        total_minor=paid.total_minor,
        discount_minor=paid.discount_minor,
        lines=paid.lines,
        methods=paid.methods,
        refunds=paid.refunds,
    )
    headers = {
        "Content-Disposition": f'attachment; filename="receipt-{show("ord", paid.order_id)}.pdf"',
        "Cache-Control": "no-store",
    }
    return Response(receipt_pdf(document), mimetype="application/pdf", headers=headers)


def statement_file(made: WalletStatement, kind: str, *, buyer: str) -> Response:
    """A wallet's statement as `csv` or `pdf`; `buyer` as whoever reads it may see them."""
    if kind == "csv":
        answer = Response(as_csv(made), content_type="text/csv; charset=utf-8")
    else:
        answer = Response(
            statement_pdf(
                tuple(made.rows()), merchant=made.merchant, buyer=buyer, currency=made.currency, period=made.period
            ),
            content_type="application/pdf",
        )
        kind = "pdf"
    answer.headers["Content-Disposition"] = f'attachment; filename="{made.file_name}.{kind}"'
    return answer
