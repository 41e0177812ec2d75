"""What a checkout asks of its buyer, in the buyer's language: all that a page needs to draw it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from app.core import clock, db
from app.core.i18n.countries import countries_in
from app.core.i18n.marks import N_
from app.domain.buyers.models import MailboxCode
from app.domain.buyers.types import GUEST
from app.domain.orders import billing, shipping
from app.domain.orders.contact import ANSWERS
from app.domain.orders.types import CustomField, SessionTerms, read_terms
from app.read.checkout.session_row import SessionRow
from app.read.checkout.snapshot_types import ShownContact, ShownField, ShownVerification
from app.texts import translate

_EMAIL, _PHONE = N_("Email address"), N_("Phone number")
_WHY = N_("For your receipt, and to find your purchase again.")
_AGAIN = N_("Bought here before? Confirm your email address to use your balance, coupons and purchases.")
_FIRST = N_("Confirm your email address before you pay.")
_SENT = N_("We sent a code to %(email)s. It is valid for ten minutes.")
_DONE = N_("Your email address is confirmed.")
_SEND, _ANOTHER, _CONFIRM = N_("Send code"), N_("Send another code"), N_("Confirm")
_CODE, _OPTIONAL = N_("Code from the email"), N_("optional")
_CHOOSE = N_("Please choose")
_MEMBERS = {
    "name": N_("Recipient’s full name"),
    "line1": N_("Street and number"),
    "line2": N_("Apartment, floor, company"),
    "postal_code": N_("Postal code"),
    "city": N_("City"),
    "region": N_("State or region"),
    "country": N_("Country"),
}

_OF_COMPANY = {
    "company": N_("Company"),
    "tax_number": N_("Tax number"),
    "name": N_("Your name"),
    "address": N_("Address"),
}


def contact_of(session: SessionRow, locale: str, *, in_page: bool) -> ShownContact | None:
    """What is asked for before the order, in the open reading; None when nothing is, or it is ordered. The company
    that a receipt is for is asked on our own page only: `in_page` is the merchant's."""
    terms = read_terms(session.terms)
    asks = terms.collect_email != "none" or terms.collect_phone != "none" or terms.custom_fields or terms.asks_address
    asks_billing = terms.asks_billing and not in_page
    if not (asks or asks_billing) or session.order_id is not None:
        return None
    answers = session.details.get(ANSWERS, {})
    fields = [
        *_own(terms, session, locale),
        *(_address(session.details.get(shipping.ADDRESS, {}), locale) if terms.asks_address else ()),
        *(_custom(each, answers.get(each.key, ""), locale) for each in terms.custom_fields),
        *(_company(session.details.get(billing.DETAILS, {}), locale) if asks_billing else ()),
    ]
    return {
        "fields": fields,
        "verification": _verification(terms, session, locale),
        "optional": translate(_OPTIONAL, locale),
        "choose": translate(_CHOOSE, locale),
    }


def _own(terms: SessionTerms, session: SessionRow, locale: str) -> list[ShownField]:
    found = [
        ("email", _EMAIL, terms.collect_email, session.buyer_email, _WHY),
        ("phone", _PHONE, terms.collect_phone, session.buyer_phone, ""),
    ]
    return [
        {
            "key": key,
            "kind": key,
            "label": translate(label, locale),
            "hint": translate(hint, locale) if hint else "",
            "required": asks != "optional",
            "value": value or "",
            "choices": [],
        }
        for key, label, asks, value, hint in found
        if asks != "none"
    ]


def _address(known: Mapping[str, str], locale: str) -> list[ShownField]:
    countries = countries_in(locale)
    return [
        {
            "key": shipping.FIELD + name,
            "kind": "choice" if name == "country" else "text",
            "label": translate(_MEMBERS[name], locale),
            "hint": "",
            "required": is_needed,
            "value": countries.get(known.get(name, ""), "") if name == "country" else known.get(name, ""),
            "choices": list(countries.values()) if name == "country" else [],
        }
        for name, (_, is_needed) in shipping.MEMBERS.items()
    ]


def _company(known: Mapping[str, str], locale: str) -> list[ShownField]:
    return [
        {
            "key": billing.FIELD + name,
            "kind": "lines" if name == "address" else "text",
            "label": translate(_OF_COMPANY[name], locale),
            "hint": "",
            "required": is_needed,
            "value": known.get(name, ""),
            "choices": [],
        }
        for name, (_, is_needed) in billing.MEMBERS.items()
    ]


def _custom(asked: CustomField, answer: str, locale: str) -> ShownField:
    return {
        "key": asked.key,
        "kind": asked.kind,
        "label": label_of(asked, locale),
        "hint": "",
        "required": asked.required,
        "value": answer,
        "choices": list(asked.choices),
    }


def label_of(asked: CustomField, locale: str) -> str:
    """The field's label in this language, or in the merchant's own words."""
    return asked.labels.get(locale) or asked.labels.get(locale.partition("-")[0]) or asked.label


def _verification(terms: SessionTerms, session: SessionRow, locale: str) -> ShownVerification | None:
    """How a mailbox is proven. None for who is known by the merchant's server, or where no address is asked."""
    is_guest = session.buyer_reference.startswith(GUEST)
    if terms.collect_email == "none" or not (is_guest or session.buyer_signed_in):
        return None
    is_sent = is_guest and _is_sent(session)
    status = "proven" if not is_guest else "code_sent" if is_sent else "unproven"
    unproven = _FIRST if terms.collect_email == "verified" else _AGAIN
    text = {"proven": _DONE, "code_sent": _SENT, "unproven": unproven}[status]
    return {
        "status": status,
        "text": translate(text, locale).replace("%(email)s", session.buyer_email or ""),
        "send": translate(_ANOTHER if is_sent else _SEND, locale) if is_guest else "",
        "code_label": translate(_CODE, locale) if is_sent else "",
        "confirm": translate(_CONFIRM, locale) if is_sent else "",
    }


def _is_sent(session: SessionRow) -> bool:
    codes = db.table(MailboxCode)
    mine = codes.c.business_id == db.here(), codes.c.session_id == session.id, codes.c.email == session.buyer_email
    found = select(codes.c.id).where(*mine, codes.c.used_at.is_(None), codes.c.expires_at > clock.now())
    return db.scalar(found.limit(1)) is not None
