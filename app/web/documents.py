"""Receipts and statements as files, the same for buyers and for people of the portal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from uuid import UUID

from flask import Response

from app.core.i18n.language import DEFAULT, offered
from app.core.ids import show
from app.lib.masking import masked
from app.read.orders.credit_notes import credit_note
from app.read.orders.receipts import Receipt, receipt, taxes_of
from app.read.wallets.wallet_statements import WalletStatement, as_csv
from app.texts.credit_note_document import CreditNoteDocument, credit_note_pdf
from app.texts.receipt_document import ReceiptDocument, parties, receipt_pdf
from app.texts.statement_document import statement_pdf
from app.web.buyers import sees_buyers
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
    """A receipt as a PDF, as whoever asks may read it."""
    document = ReceiptDocument(
        **parties(asdict(paid.seller), _readable(asdict(paid.company) if paid.company else {})),
        number=paid.number,
        taxes=paid.taxes,
        corrects=paid.corrects,
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


def credit_note_file(business_id: UUID, note_id: UUID, *, buyer_reference: str | None = None) -> Response:
    """A credit note as a PDF.

    Raises:
        NotFound: there is no such credit note, or it is somebody else's.
    """
    found = credit_note(business_id, note_id, buyer_reference=buyer_reference)
    document = CreditNoteDocument(
        **parties(found.seller, _readable(found.buyer)),
        number=found.text,
        receipt=found.receipt_text,
        taxes=taxes_of(found.taxes),
        is_test=found.mode == "test",
        time_zone=found.time_zone,
        order=found.order_number,
        locale=offered(found.order_details.get("locale", DEFAULT), found.languages),
        paid_at=found.created_at,
        currency=found.currency,
        total_minor=found.amount_minor,
        to_wallet=found.to_wallet,
        discount_minor=0,
        lines=(),
    )
    headers = {
        "Content-Disposition": f'attachment; filename="credit-note-{show("crn", note_id)}.pdf"',
        "Cache-Control": "no-store",
    }
    return Response(credit_note_pdf(document), mimetype="application/pdf", headers=headers)


def _readable(company: Mapping[str, str]) -> dict[str, str]:
    """The company that a paper is made out to; masked for who may not read who bought."""
    if sees_buyers():
        return dict(company)
    return {name: "\n".join(masked(line) for line in text.splitlines()) for name, text in company.items()}


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
