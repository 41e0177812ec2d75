"""The mail that carries a code to a mailbox: short, without a link, so that nobody gets used to pressing one."""

from __future__ import annotations

import uuid
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from app.core import clock, db, settings
from app.core.i18n.language import direction, offered
from app.core.ids import show
from app.core.security import crypto
from app.domain.accounts.business.models import Business
from app.domain.buyers.models import MailboxCode
from app.domain.buyers.rules import code_context
from app.domain.notifications.mails.models import Mail
from app.lib import mail_layout
from app.texts import translate


class _Shop(db.JoinedRow):
    name: str
    contact_email: str | None
    languages: list[Any]


def render_code_mail(business_id: uuid.UUID, mail: Mail) -> EmailMessage:
    """The mail of a code; one that is over is sent all the same, and says nothing that still counts."""
    asked = select(Business.name, Business.contact_email, Business.languages).where(Business.id == business_id)
    with db.reading(business_id):
        shop = db.first(db.select_as(_Shop, asked))
        code = db.get(MailboxCode, mail.source_id)
    assert shop is not None  # the mail is one of its own
    locale = offered(mail.locale, shop.languages)
    digits = crypto.decrypt(code.ciphertext, context=code_context(code.id))
    name = " ".join(shop.name.split())
    subject = translate("%(code)s is your code for %(merchant)s", locale) % {"code": digits, "merchant": name}
    opening = translate("Confirm your email address", locale)
    how = translate("Enter this code at %(merchant)s. It is valid for ten minutes.", locale) % {"merchant": shop.name}
    warning = translate("If you did not request it, ignore this email. Never tell anybody the code.", locale)
    items = [(translate("Code", locale), digits)]

    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = formataddr((name, settings.current().mail_from))
    message["To"] = mail.recipient
    if shop.contact_email:
        message["Reply-To"] = shop.contact_email
    message["Date"] = format_datetime(clock.now())
    host = urlsplit(settings.current().public_url).hostname
    message["Message-ID"] = f"<{show('mail', mail.id)}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n\n".join([opening, how, digits, warning]) + "\n")
    head = mail_layout.Head(shop.name)
    html = mail_layout.page(
        subject,
        head,
        [opening, how],
        items=items,
        action=None,
        closing=[warning],
        lang=locale,
        is_rtl=direction(locale) == "rtl",
    )
    message.add_alternative(html, subtype="html")
    message["Content-Language"] = locale
    return message
