"""A mail about a contract: what was decided when it was queued, in the buyer's language, with a link to it."""

from __future__ import annotations

import uuid
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from app.core import clock, db, settings
from app.core.i18n.language import direction, offered, read
from app.core.i18n.marks import N_
from app.core.ids import show
from app.domain.accounts.business.models import Business
from app.domain.notifications.mails.models import Mail
from app.lib import mail_layout
from app.texts import translate
from app.workflow.checkout.link_buyer import make_link

WHY = N_("You received this email because of your membership at %(merchant)s. If you have questions, contact the shop.")


class _Shop(db.JoinedRow):
    name: str
    mode: str
    contact_email: str | None
    languages: list[Any]


def render_contract_mail(business_id: uuid.UUID, mail: Mail) -> EmailMessage:
    """The mail that a row of a kind of CONTRACT_MAILS asks for."""
    columns = (Business.name, Business.mode, Business.contact_email, Business.languages)
    with db.reading(business_id):
        shop = db.first(db.select_as(_Shop, select(*columns).where(Business.id == business_id)))
    assert shop is not None  # the mail is one of its own
    locale, name = offered(mail.locale, shop.languages), " ".join(shop.name.split())
    said = [translate(each if isinstance(each, str) else read(each), locale) for each in mail.details["said"]]
    link = make_link(business_id, mail.details["buyer"], page=mail.details["page"])
    pressed = translate(read(mail.details["action"]), locale)
    closing = [translate(WHY, locale) % {"merchant": shop.name}]
    if shop.mode == "test":
        closing.insert(0, translate("Test mode: no money was charged.", locale))

    message = EmailMessage()
    message["Subject"] = " ".join(said[0].split())
    message["From"] = formataddr((name, settings.current().mail_from))
    message["To"] = mail.recipient
    if shop.contact_email:
        message["Reply-To"] = shop.contact_email
    message["Date"] = format_datetime(clock.now())
    host = urlsplit(settings.current().public_url).hostname
    message["Message-ID"] = f"<{show('mail', mail.id)}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n\n".join([*said, f"{pressed}:\n{link.url}", *closing]) + "\n")
    html = mail_layout.page(
        said[0],
        mail_layout.Head(shop.name),
        said,
        action=(pressed, link.url),
        closing=closing,
        lang=locale,
        is_rtl=direction(locale) == "rtl",
    )
    message.add_alternative(html, subtype="html")
    message["Content-Language"] = locale
    return message
