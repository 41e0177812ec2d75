"""Whether a business takes a currency."""

from __future__ import annotations

from sqlalchemy import select

from app.core import db
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.settings.errors import CurrencyNotAccepted


def check_currency(currency: str) -> None:
    """In the open phase.

    Raises:
        CurrencyNotAccepted: the business has chosen its currencies, and this is none of them.
    """
    accepted = accepted_currencies()
    if accepted and currency not in accepted:
        raise CurrencyNotAccepted(currency, accepted)


def accepted_currencies() -> list[str]:
    """In the open phase: the currencies that the business has chosen; none for any."""
    return list(db.scalar(select(Business.currencies).where(Business.id == db.here())) or [])
