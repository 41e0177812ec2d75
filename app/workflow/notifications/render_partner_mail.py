"""The mail to a partner whose money was sent, in the partner's language, with its statement."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from urllib.parse import urlsplit

from sqlalchemy import select

from app.core import clock, db, settings
from app.core.i18n.language import direction
from app.core.ids import show
from app.core.money import format_money
from app.domain.accounts.business.models import Business
from app.domain.notifications.mails.models import Mail
from app.domain.settlement.batches.models import SettlementBatch
from app.lib import mail_layout
from app.texts import translate

# A workflow does not read for people, so what makes the file is handed in (worker/jobs.py).
# A file's name and content, and whether it has every line.
handed_in: dict[str, Callable[[uuid.UUID, uuid.UUID], tuple[str, bytes, bool]]] = {}


class _Sender(db.JoinedRow):
    name: str
    mode: str
    contact_email: str | None


def render_partner_mail(business_id: uuid.UUID, mail: Mail) -> EmailMessage:
    """The mail of a statement."""
    batch_id = uuid.UUID(mail.details["settlement_batch_id"])
    asked = select(Business.name, Business.mode, Business.contact_email).where(Business.id == business_id)
    with db.reading(business_id):
        sender = db.first(db.select_as(_Sender, asked))
        batch = db.get(SettlementBatch, batch_id)
    assert sender is not None  # the mail is one of its own
    locale = mail.locale
    names = {"merchant": " ".join(sender.name.split())}
    amount = format_money(batch.total_minor, batch.currency, locale)
    name, content, is_whole = handed_in["statement"](business_id, batch_id)
    subject = translate("Your settlement from %(merchant)s", locale) % names
    paragraphs = [
        translate("Your money is on its way", locale),
        translate("%(merchant)s has sent %(amount)s to your account.", locale) % {**names, "amount": amount},
        translate("The statement is attached.", locale)
        if is_whole
        else translate("A summary is attached. Ask %(merchant)s for the statement with every line.", locale) % names,
    ]
    items = [(translate("Statement number", locale), str(batch.number)), (translate("Amount", locale), amount)]
    closing = [translate("You received this email because %(merchant)s shares revenue with you.", locale) % names]
    if sender.mode == "test":
        closing.insert(0, translate("Test mode: no money was sent.", locale))

    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = formataddr((names["merchant"], settings.current().mail_from))
    message["To"] = mail.recipient
    if sender.contact_email:
        message["Reply-To"] = sender.contact_email
    message["Date"] = format_datetime(clock.now())
    # The same mail, sent once more, is known by it.
    host = urlsplit(settings.current().public_url).hostname
    message["Message-ID"] = f"<{show('mail', mail.id)}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    text = [*paragraphs, "\n".join(f"{name}  {value}" for name, value in items), *closing]
    message.set_content("\n\n".join(text) + "\n")
    html = mail_layout.page(
        subject,
        mail_layout.Head(sender.name),
        paragraphs,
        items=items,
        action=None,
        closing=closing,
        lang=locale,
        is_rtl=direction(locale) == "rtl",
    )
    message.add_alternative(html, subtype="html")
    message.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    message["Content-Language"] = locale
    return message
