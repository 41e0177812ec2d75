"""The buyer says how they are reached, and what else the checkout asks for, before anything is ordered."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core import db
from app.core.errors import Invalid
from app.core.i18n.countries import code_of
from app.core.i18n.marks import N_
from app.core.ids import show
from app.core.limits.ratelimit import Counter
from app.domain.buyers.errors import InvalidBuyer
from app.domain.buyers.rules import normal_email, normal_phone
from app.domain.buyers.types import GUEST
from app.domain.orders import billing, shipping
from app.domain.orders.contact import ANSWERS, answer_of
from app.domain.orders.errors import SessionClosed
from app.domain.orders.models import CheckoutSession
from app.domain.orders.types import SessionTerms, read_terms
from app.workflow.buyers import prove_mailbox
from app.workflow.checkout import open_checkout


@dataclass(frozen=True, kw_only=True)
class ContactCommand:
    """What the buyer says: `values` by the key of what was asked (`email`, `phone`, or a field's); what is absent
    stays. With `send_code` a code is sent to the address; `code` is the one that was typed."""

    values: Mapping[str, str] = field(default_factory=dict)
    send_code: bool = False
    code: str = ""


def set_contact(
    business_id: uuid.UUID,
    session_id: uuid.UUID,
    command: ContactCommand,
    *,
    locale: str,
    counter: Counter,
    address: str | None,
) -> None:
    """Keep what the buyer says with an open session that asks for it, then send a code, or take the one that was typed.
    Another address than the one that was proven makes the buyer a guest again.

    Raises:
        NotFound: there is no such session. SessionClosed: it is over, or was ordered. Invalid: it was not asked for, or
        cannot be; or as prove_mailbox.py says. TooMany: as prove_mailbox.py says.
    """
    email = _keep(business_id, session_id, command.values)
    if command.send_code:
        prove_mailbox.request_code(
            business_id, email or "", locale=locale, counter=counter, address=address, session_id=session_id
        )
    if command.code:
        code_id = prove_mailbox.latest_code(business_id, session_id)
        prove_mailbox.prove(business_id, code_id, command.code, counter=counter, address=address)


def _keep(business_id: uuid.UUID, session_id: uuid.UUID, values: Mapping[str, str]) -> str | None:
    """Keep the values; the address that is there then."""
    with db.phase("set_contact.set", business_id):
        session = open_checkout.open_session(session_id)
        if session.order_id is not None:
            raise SessionClosed("already_ordered", "The order was already placed; your details cannot change.")
        terms = read_terms(session.terms)
        own, company = _company(terms, session, values)
        own, address = _sorted_out(terms, session, own)
        email, phone, answers = _said(terms, session, own)
        details = {
            name: said for name, said in {**session.details, ANSWERS: answers, **address, **company}.items() if said
        }
        before = (session.buyer_email, session.buyer_phone, session.details)
        if (email, phone, details) != before:
            reference, signed_in = session.buyer_reference, session.buyer_signed_in
            if signed_in and email != session.buyer_email:
                reference, signed_in = f"{GUEST}{show('ses', session_id)}", False
            change = db.change(
                CheckoutSession,
                session_id,
                buyer_email=email,
                buyer_phone=phone,
                buyer_reference=reference,
                buyer_signed_in=signed_in,
                details=details,
                edits=session.edits + 1,
            )
            db.write(change, expect=1)
    return email


def _said(
    terms: SessionTerms, session: CheckoutSession, values: Mapping[str, str]
) -> tuple[str | None, str | None, dict[str, str]]:
    """Address, number and answers after what was said."""
    asked = {each.key: each for each in terms.custom_fields}
    email, phone = session.buyer_email, session.buyer_phone
    answers = dict(session.details.get(ANSWERS, {}))
    for key, typed in values.items():
        if key == "email" and terms.collect_email != "none":
            try:
                email = normal_email(typed)
            except InvalidBuyer as error:
                raise Invalid("email_invalid", N_("Enter a valid email address."), details={"param": key}) from error
        elif key == "phone" and terms.collect_phone != "none":
            try:
                phone = normal_phone(typed)
            except InvalidBuyer as error:
                text = N_("Enter a phone number with its country code, such as +49 151 12345678.")
                raise Invalid("phone_invalid", text, details={"param": key}) from error
        elif key in asked:
            answers[key] = answer_of(asked[key], typed)
        else:
            raise Invalid("field_invalid", "This checkout does not ask for it.", details={"param": key[:40]})
    return email, phone, {key: answer for key, answer in answers.items() if answer}


def _sorted_out(
    terms: SessionTerms, session: CheckoutSession, values: Mapping[str, str]
) -> tuple[Mapping[str, str], dict[str, dict[str, str]]]:
    """What was said beside the address, and the address after it, as details keep it."""
    if not terms.asks_address:
        return values, {}
    keys = {shipping.FIELD + name: name for name in shipping.MEMBERS}
    address = dict(session.details.get(shipping.ADDRESS, {}))
    for key in keys.keys() & values.keys():
        name, typed = keys[key], values[key].strip()
        text = code_of(typed) if name == "country" and typed else typed
        if not shipping.is_one_line(name, text) or (typed and not text):
            raise Invalid("field_invalid", N_("Check what you entered."), details={"param": key})
        address[name] = text
    others = {key: typed for key, typed in values.items() if key not in keys}
    return others, {shipping.ADDRESS: {name: text for name, text in address.items() if text}}


def _company(
    terms: SessionTerms, session: CheckoutSession, values: Mapping[str, str]
) -> tuple[Mapping[str, str], dict[str, dict[str, str]]]:
    """What was said beside the company that the receipt is for, and the company after it, as details keep it."""
    keys = {billing.FIELD + name: name for name in billing.MEMBERS}
    if not terms.asks_billing or not keys.keys() & values.keys():
        return values, {}
    said = {name: values.get(key, session.details.get(billing.DETAILS, {}).get(name, "")) for key, name in keys.items()}
    others = {key: typed for key, typed in values.items() if key not in keys}
    return others, {billing.DETAILS: billing.partly(said)}
