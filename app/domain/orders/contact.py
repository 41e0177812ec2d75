"""What a checkout asks its buyer for: how they are reached, so that they get a receipt and are found again, and what
else the merchant wants to know with the order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from app.core.errors import Invalid
from app.core.i18n.language import LOCALES
from app.core.i18n.marks import N_
from app.domain.orders import billing, shipping
from app.domain.orders.types import CustomField, SessionTerms

Asks = Literal["none", "optional", "required", "verified"]
EMAIL_ASKS: tuple[Asks, ...] = ("none", "optional", "required", "verified")
PHONE_ASKS: tuple[Asks, ...] = ("none", "optional", "required")
FIELD_KINDS = ("text", "choice", "number", "date")
MAX_FIELDS, MAX_CHOICES, MAX_LABEL, MAX_ANSWER = 10, 50, 80, 300
ANSWERS = "custom_fields"  # among the details of a session, and of its order: {key: answer}
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,12}([.][0-9]{1,6})?", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\ufeff\ufffe\uffff]")
_RESERVED = {
    *("email", "phone", "code"),
    *(shipping.FIELD + name for name in shipping.MEMBERS),
    *(billing.FIELD + name for name in billing.MEMBERS),
}


def check_complete(
    terms: SessionTerms,
    *,
    email: str | None,
    phone: str | None,
    is_known: bool,
    answers: Mapping[str, str],
    address: Mapping[str, str] | None = None,
    company: Mapping[str, str] | None = None,
) -> None:
    """Require what the terms ask for. `is_known`: the buyer has proven their mailbox, or the merchant's server named
    them.

    Raises:
        Invalid: something is missing; `details.param` says what.
    """
    if terms.collect_email in ("required", "verified") and not email:
        raise Invalid("email_required", N_("Enter your email address."), details={"param": "email"})
    if terms.collect_email == "verified" and not is_known:
        text = N_("Confirm your email address with the code that we send you.")
        raise Invalid("email_unverified", text, details={"param": "code"})
    if terms.collect_phone == "required" and not phone:
        raise Invalid("phone_required", N_("Enter your phone number."), details={"param": "phone"})
    if terms.asks_address and (lacking := shipping.lacking(address or {})):
        raise Invalid(
            "address_required",
            N_("Enter the address to ship to."),
            details={"param": shipping.FIELD + lacking},
        )
    if company and (lacking := billing.lacking(company)):
        raise Invalid("invalid_billing_details", billing.NEEDED[lacking], details={"param": billing.FIELD + lacking})
    for each in terms.custom_fields:
        if each.required and not answers.get(each.key):
            raise Invalid("field_required", N_("Fill in everything that is required."), details={"param": each.key})


def answer_of(asked: CustomField, typed: str) -> str:
    """What was typed, as it is kept; empty for nothing.

    Raises:
        Invalid: it is no such answer.
    """
    answer = typed.strip()
    fits = {
        "text": lambda: len(answer) <= MAX_ANSWER and not _CONTROL.search(answer),
        "choice": lambda: answer in asked.choices,
        "number": lambda: _NUMBER.fullmatch(answer) is not None,
        "date": lambda: _is_day(answer),
    }
    if answer and not fits[asked.kind]():
        raise Invalid("field_invalid", N_("Check what you entered."), details={"param": asked.key})
    return answer


def check_fields(fields: Sequence[CustomField]) -> None:
    """Require that these can be asked for.

    Raises:
        Invalid: there are too many, or one cannot be.
    """
    keys = [each.key for each in fields]
    if len(fields) > MAX_FIELDS or len(set(keys)) != len(keys):
        raise _wrong(f"A checkout asks for at most {MAX_FIELDS} fields, each with a key of its own.")
    for each in fields:
        if not _KEY.fullmatch(each.key) or each.key in _RESERVED or each.kind not in FIELD_KINDS:
            raise _wrong(f"A field has a key like `jersey_size` and one of the kinds {', '.join(FIELD_KINDS)}.")
        if not all(0 < len(text.strip()) <= MAX_LABEL for text in (each.label, *each.labels.values())):
            raise _wrong(f"A label has 1 to {MAX_LABEL} characters.")
        if set(each.labels) - set(LOCALES):
            raise _wrong(f"Labels are in {', '.join(LOCALES)}.")
        is_choice = 0 < len(each.choices) <= MAX_CHOICES and all(0 < len(text) <= MAX_LABEL for text in each.choices)
        if is_choice is not (each.kind == "choice"):
            raise _wrong(f"A choice has 1 to {MAX_CHOICES} choices; the other kinds have none.")


def _is_day(text: str) -> bool:
    if not _DAY.fullmatch(text):
        return False
    try:
        return date.fromisoformat(text) is not None
    except ValueError:
        return False


def _wrong(message: str) -> Invalid:
    return Invalid("invalid_custom_field", message, details={"param": "custom_fields"})
