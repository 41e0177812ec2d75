"""Receipts as files, the same for buyers and for people of the portal."""

from __future__ import annotations

from flask import Response

from app.core.ids import show
from app.read.orders.receipts import Receipt
from app.texts.receipt_document import ReceiptDocument, receipt_pdf


def pdf_of(paid: Receipt) -> Response:
    """The receipt as a PDF to keep."""
    order = show("ord", paid.order_id)
    document = ReceiptDocument(
        merchant=paid.seller.name,
        address=paid.seller.address,
        tax_number=paid.seller.tax_number,
        support=", ".join(filter(None, (paid.seller.email, paid.seller.phone))),
        footer=paid.seller.footer,
        is_test=paid.mode == "test",
        time_zone=paid.time_zone,
        order=order,
        locale=paid.locale,
        paid_at=paid.paid_at,
        currency=paid.currency,
        total_minor=paid.total_minor,
        discount_minor=paid.discount_minor,
        lines=paid.lines,
        methods=paid.methods,
        refunds=paid.refunds,
    )
    headers = {"Content-Disposition": f'attachment; filename="receipt-{order}.pdf"', "Cache-Control": "no-store"}
    return Response(receipt_pdf(document), mimetype="application/pdf", headers=headers)
