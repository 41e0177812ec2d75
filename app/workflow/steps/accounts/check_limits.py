"""Limits of approvals as somebody typed or sent them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from app.core.errors import Invalid
from app.core.money import exponent
from app.domain.accounts.business import rules
from app.domain.accounts.business.types import UNITS


def check_limits(limits: Mapping[str, Mapping[str, int]], kinds: Collection[str]) -> dict[str, dict[str, int]]:
    """The limits, kind → currency → minor units, without kinds that have none.

    Raises:
        Invalid: a kind that is none of `kinds`, no such currency, or less than nothing.
    """
    for kind, of_kind in limits.items():
        if kind not in kinds or any(minor < 0 for minor in of_kind.values()):
            text = (
                "Limits apply to refunds, payouts, withdrawals, transfers, wallet credits, points or membership days "
                "and cannot be negative."
            )
            raise Invalid("invalid_limit", text)
        for currency in of_kind:
            if rules.is_unit(currency) or kind in UNITS:
                if currency != UNITS.get(kind):
                    text = "Points and membership days have no currency; all other limits need one."
                    raise Invalid("invalid_limit", text)
            else:
                exponent(currency)
    return {kind: dict(of_kind) for kind, of_kind in limits.items() if of_kind}
