"""Settings that are a text of a certain form: each answers the text as it is kept."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

from app.core.errors import Invalid
from app.domain.accounts.business.origins import read_origin
from app.domain.accounts.business.settings import choices
from app.domain.accounts.business.types import ROLES

_PHONE = re.compile(r"\+[1-9][0-9 ()./-]{5,29}")


def email(text: str) -> str:
    """Raises: Invalid: no email address."""
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise Invalid("invalid_email", "Invalid email address.", details={"param": "contact_email"}) from error


def website(text: str) -> str:
    """Raises: Invalid: no http(s) address of a page."""
    try:
        parts = urlsplit(text)
    except ValueError:  # such as http://[x
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        message = "Enter the URL of your shop, such as https://shop.example."
        raise Invalid("invalid_url", message, details={"param": "website"})
    return text


def origin(text: str) -> str:
    """Raises: Invalid: no origin such as https://shop.example."""
    return read_origin(text)


def return_url(text: str) -> str:
    """Raises: Invalid: no http(s) address of a page on an origin that could be allowed."""
    read_origin(text)
    return text


def phone(text: str) -> str:
    """Raises: Invalid: no telephone number in international format."""
    if not _PHONE.fullmatch(text):
        message = "Enter a phone number in international format, such as +49 30 1234567."
        raise Invalid("invalid_setting", message, details={"param": "support_phone"})
    return text


def receipt_format(text: str) -> str:
    """Raises: Invalid: no `{number}`, or other braces than those of `{number}` and `{year}`."""
    return _number_format(text, "receipt_format", "R-{year}-{number}")


def credit_note_format(text: str) -> str:
    """Raises: Invalid: no `{number}`, or other braces than those of `{number}` and `{year}`."""
    return _number_format(text, "credit_note_format", "C-{year}-{number}")


def order_number_format(text: str) -> str:
    """Raises: Invalid: no `{number}`, or other braces than those of `{number}` and `{year}`."""
    return _number_format(text, "order_number_format", "A-{number}")


def _number_format(text: str, param: str, example: str) -> str:
    rest = text.replace("{year}", "").replace("{number}", "", 1)
    if "{number}" not in text or "{" in rest or "}" in rest:
        message = f"Use {{number}} once and {{year}} if you like, such as {example}."
        raise Invalid("invalid_setting", message, details={"param": param})
    return text


def case_recipients(text: str) -> str:
    """Raises: Invalid: no kind of case with roles of the team."""
    kind, _, named = text.partition(":")
    roles = [role.strip() for role in named.split(",")]
    if kind.strip() not in dict(choices.case_kinds()) or not set(roles) <= ROLES.keys():
        message = f"Enter lines such as refund_failed: finance, owner. Roles: {', '.join(ROLES)}."
        raise Invalid("invalid_setting", message, details={"param": "case_recipients"})
    return f"{kind.strip()}: {', '.join(roles)}"
