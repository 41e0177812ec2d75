"""A mail to a buyer or a partner as it goes over the wire: plain text and the same as HTML, in their language."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from babel.dates import format_date
from sqlalchemy import select
from sqlalchemy.orm import Mapped

from app.core import clock, db, settings
from app.core.i18n.language import direction, offered
from app.core.i18n.marks import N_
from app.core.ids import show
from app.core.money import format_money
from app.domain.accounts.business.brand import LOGO, logo_of
from app.domain.accounts.business.models import Business
from app.domain.notifications.mails.models import Mail
from app.domain.notifications.mails.types import CONTRACT_MAILS
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.receipts.models import CreditNote, Receipt
from app.domain.orders.receipts.rules import tax_label
from app.domain.orders.types import MAX_LINES
from app.lib import mail_layout
from app.lib.some import some
from app.texts import translate
from app.texts.credit_note_document import TO_BALANCE, CreditNoteDocument, credit_note_pdf
from app.texts.receipt_document import ReceiptDocument, parties, receipt_pdf
from app.workflow.checkout.link_buyer import Link, make_link
from app.workflow.notifications.render_code_mail import render_code_mail
from app.workflow.notifications.render_contract_mail import render_contract_mail
from app.workflow.notifications.render_partner_mail import render_partner_mail
from app.workflow.orders.make_credit_notes import make_credit_notes
from app.workflow.orders.make_receipt import make_receipt

WHY = N_(
    "You received this email because of your purchase at %(merchant)s. If you have questions, please contact the shop."
)
_BRAND = (Business.appearance, Business.contact_email, Business.languages, *LOGO)

if TYPE_CHECKING:

    class _MailedOrder(Order):
        """An order with how its business presents itself to buyers; `merchant` is the business's name."""

        merchant: Mapped[str]
        mode: Mapped[str]
        time_zone: Mapped[str]
        appearance: Mapped[dict[str, Any]]
        contact_email: Mapped[str | None]
        logo_key: Mapped[str | None]
        logo_widths: Mapped[list[int]]
        logo_height: Mapped[int]
        languages: Mapped[list[str]]

else:
    _MailedOrder = Order


def render_mail(business_id: uuid.UUID, mail: Mail) -> EmailMessage:
    """The mail a row of `mails` asks for."""
    if mail.kind == "code":
        return render_code_mail(business_id, mail)
    if mail.kind == "statement":
        return render_partner_mail(business_id, mail)
    if mail.kind in CONTRACT_MAILS:
        return render_contract_mail(business_id, mail)
    order, lines = _order(business_id, some(mail.order_id))
    link = make_link(business_id, order.buyer_reference)
    address = f"{link.url}/receipts/{show('ord', some(mail.order_id))}"
    locale = _locale(mail, order)
    contents = {"refund": _refund, "parcel": _parcel}
    subject, paragraphs, items = contents.get(mail.kind, _receipt)(mail, order, lines)
    closing = _closing(locale, order, link)

    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = formataddr((_line(order.merchant), settings.current().mail_from))
    message["To"] = mail.recipient
    if order.contact_email:
        message["Reply-To"] = order.contact_email
    message["Date"] = format_datetime(clock.now())
    # The same mail, sent once more, is known by it.
    host = urlsplit(settings.current().public_url).hostname
    message["Message-ID"] = f"<{show('mail', mail.id)}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    opening = translate("View your receipt and purchase", locale)
    text = [*paragraphs, "\n".join(f"{name}  {value}" for name, value in items), f"{opening}:\n{address}", *closing]
    message.set_content("\n\n".join(filter(None, text)) + "\n")
    html = mail_layout.page(
        subject,
        _head(order),
        paragraphs,
        items=items,
        action=(opening, address),
        closing=closing,
        lang=locale,
        is_rtl=direction(locale) == "rtl",
    )
    message.add_alternative(html, subtype="html")
    if mail.kind == "receipt":
        name = f"receipt-{show('ord', some(mail.order_id))}.pdf"
        message.add_attachment(_document(mail, order, lines), maintype="application", subtype="pdf", filename=name)
    if mail.kind == "refund" and (credited := _credit_note(mail, order)):
        note, paper = credited
        name = f"credit-note-{show('crn', note.id)}.pdf"
        message.add_attachment(paper, maintype="application", subtype="pdf", filename=name)
    message["Content-Language"] = locale
    return message


def _locale(mail: Mail, order: _MailedOrder) -> str:
    """The buyer's language, where the business offers it."""
    return offered(mail.locale, order.languages)


def _document(mail: Mail, order: _MailedOrder, lines: Sequence[OrderLine]) -> bytes:
    made = make_receipt(mail.business_id, some(mail.order_id))
    document = ReceiptDocument(
        **parties(made.seller, made.buyer),
        number=made.text,
        corrects=_corrected(mail.business_id, made),
        taxes=[(tax_label(each["name"], each["rate_bps"]), each["tax_minor"]) for each in made.taxes],
        is_test=order.mode == "test",
        time_zone=order.time_zone,
        order=order.number,
        locale=_locale(mail, order),
        paid_at=some(order.paid_at),  # of an order that is not paid there is no receipt
        currency=order.currency,
        total_minor=order.total_minor,
        discount_minor=sum(line.discount_minor for line in lines),
        lines=lines,
    )
    return receipt_pdf(document)


def _corrected(business_id: uuid.UUID, made: Receipt) -> str:
    if made.corrects_id is None:
        return ""
    with db.reading(business_id):
        return db.get(Receipt, made.corrects_id).text


def _credit_note(mail: Mail, order: _MailedOrder) -> tuple[CreditNote, bytes] | None:
    """That of the refund, with its paper; None where the order was refunded before there were any."""
    receipt = make_receipt(mail.business_id, order.id)
    make_credit_notes(mail.business_id, order.id)
    with db.reading(mail.business_id):
        notes = db.table(CreditNote)
        note = db.first(select(notes).where(notes.c.business_id == db.here(), notes.c.transaction_id == mail.source_id))
        if note is None:
            return None
        if note.receipt_id != receipt.id:
            receipt = db.get(Receipt, note.receipt_id)
    document = CreditNoteDocument(
        **parties(note.seller, note.buyer),
        number=note.text,
        receipt=receipt.text,
        taxes=[(tax_label(each["name"], each["rate_bps"]), each["tax_minor"]) for each in note.taxes],
        is_test=order.mode == "test",
        time_zone=order.time_zone,
        order=order.number,
        locale=_locale(mail, order),
        paid_at=note.created_at,
        currency=note.currency,
        total_minor=note.amount_minor,
        to_wallet=mail.details.get("to_wallet", False),
        discount_minor=0,
        lines=(),
    )
    return note, credit_note_pdf(document)


MailContent = tuple[str, list[str], list[tuple[str, str]]]


def _receipt(mail: Mail, order: _MailedOrder, lines: Sequence[OrderLine]) -> MailContent:
    locale = _locale(mail, order)
    amount = format_money(order.total_minor, order.currency, locale)
    subject = translate("Your receipt from %(merchant)s", locale) % {"merchant": _line(order.merchant)}
    if order.total_minor:
        key = N_("%(merchant)s has received your payment of %(amount)s.")
        sentence = translate(key, locale) % {
            "merchant": order.merchant,
            "amount": amount,
        }
    else:
        sentence = translate("%(merchant)s has confirmed your order.", locale) % {"merchant": order.merchant}
    items = [
        (f"{line.title} × {line.quantity}", format_money(line.amount_minor, order.currency, locale)) for line in lines
    ]
    items += [(translate("Paid", locale), amount), (translate("Order", locale), order.number)]
    return subject, [translate("Thank you for your purchase", locale), sentence], items


def _parcel(mail: Mail, order: _MailedOrder, lines: Sequence[OrderLine]) -> MailContent:
    locale, said = _locale(mail, order), mail.details
    subject = translate("Your parcel from %(merchant)s is on its way", locale) % {"merchant": _line(order.merchant)}
    sentence = translate("%(merchant)s has shipped a parcel of your order.", locale) % {"merchant": order.merchant}
    items = [(line.title, f"× {said['units'][str(line.id)]}") for line in lines if str(line.id) in said["units"]]
    labels = ((N_("Carrier"), said["carrier"]), (N_("Tracking number"), said["tracking_number"]))
    items += [(translate(label, locale), text) for label, text in labels if text]
    items.append((translate("Order", locale), show("ord", some(mail.order_id))))
    return subject, [translate("Your parcel is on its way", locale), sentence], items


def _refund(mail: Mail, order: _MailedOrder, _lines: Sequence[OrderLine]) -> MailContent:
    locale = _locale(mail, order)
    amount = format_money(mail.details["amount_minor"], mail.details["currency"], locale)
    subject = translate("Your refund from %(merchant)s", locale) % {"merchant": _line(order.merchant)}
    key = N_("%(merchant)s has refunded %(amount)s to you.")
    sentence = translate(key, locale) % {
        "merchant": order.merchant,
        "amount": amount,
    }
    hint = N_("The money is returned to your original payment method. Banks may take up to ten days.")
    title = N_("Your refund is on its way")
    if mail.details.get("to_wallet"):
        title, hint = N_("Your refund is complete"), TO_BALANCE
    items = [(translate("Refunded", locale), amount), (translate("Order", locale), order.number)]
    return subject, [translate(title, locale), sentence, translate(hint, locale)], items


def _closing(locale: str, order: _MailedOrder, link: Link) -> list[str]:
    day = format_date(link.expires_at.date(), "long", locale=locale.replace("-", "_"))
    private = N_("This link is personal: anyone who has it can see your purchases. It expires on %(day)s.")
    found = [translate(private, locale) % {"day": day}, translate(WHY, locale) % {"merchant": order.merchant}]
    return ([translate("Test mode: no money was charged.", locale)] if order.mode == "test" else []) + found


def _head(order: _MailedOrder) -> mail_layout.Head:
    logo = logo_of(order)
    color = str((order.appearance or {}).get("variables", {}).get("colorPrimary", ""))
    if not re.fullmatch("#[0-9a-fA-F]{6}", color):
        color = mail_layout.BUTTON
    if logo is None:
        return mail_layout.Head(order.merchant, color=color)
    return mail_layout.Head(order.merchant, logo.url, logo.height, color)


def _order(business_id: uuid.UUID, order_id: uuid.UUID) -> tuple[_MailedOrder, Sequence[OrderLine]]:
    with db.reading(business_id):
        query = (
            select(db.table(Order), Business.name.label("merchant"), Business.mode, Business.time_zone, *_BRAND)
            .join(Business, Business.id == Order.business_id)
            .where(Order.business_id == business_id, Order.id == order_id)
        )
        order = db.first(db.select_as(_MailedOrder, query))
        lines = db.rows(
            select(db.table(OrderLine))
            .where(OrderLine.business_id == business_id, OrderLine.order_id == order_id)
            .order_by(OrderLine.position)
            .limit(MAX_LINES)
        )
    assert order is not None
    return order, lines


def _line(text: str) -> str:
    """The text on one line, as a header needs it."""
    return " ".join(text.split())
