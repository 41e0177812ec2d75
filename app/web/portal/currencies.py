"""The currencies that forms offer: the business's own first, then the others."""

from __future__ import annotations

from wtforms import SelectChoice

from app.core.money import known_currencies
from app.web.portal.access import actor

USUAL = ("USD", "EUR", "GBP", "CNY", "JPY", "KRW", "HKD", "TWD", "SGD", "AUD", "CAD", "CHF", "BRL", "INR", "KWD")


def main_currency() -> str:
    """The first of the business's currencies; USD while it names none."""
    return next(iter(actor().membership.currencies), USUAL[0])


def currency_choices() -> list[SelectChoice]:
    """Every known currency, in the order in which this business is likely to want them."""
    first = dict.fromkeys((*actor().membership.currencies, *USUAL))
    return [SelectChoice(code) for code in (*first, *sorted(known_currencies().difference(first)))]
