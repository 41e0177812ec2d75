"""Limits of approvals as somebody typed or sent them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from app.core.errors import Invalid
from app.core.money import exponent
from app.domain.accounts.business import rules


def check_limits(limits: Mapping[str, Mapping[str, int]], kinds: Collection[str]) -> dict[str, dict[str, int]]:
    """The limits, kind → currency → minor units, without kinds that have none.

    Raises:
        Invalid: a kind that is none of `kinds`, no such currency, or less than nothing.
    """
    for kind, of_kind in limits.items():
        if kind not in kinds or any(minor < 0 for minor in of_kind.values()):
            text = (
                "Limits apply to refunds, payouts, withdrawals, transfers, wallet credits or points and cannot "
                "be negative."
            )
            raise Invalid("invalid_limit", text)
        for currency in of_kind:
            if (currency == rules.POINTS) is not (kind == "points"):
                raise Invalid("invalid_limit", "Points have no currency; all other limits need one.")
            if kind != "points":
                exponent(currency)
    return {kind: dict(of_kind) for kind, of_kind in limits.items() if of_kind}
