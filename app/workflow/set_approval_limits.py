"""Choosing from how much money on somebody else has to approve."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import update

from app.core import db
from app.core.errors import Invalid
from app.core.money import exponent
from app.domain.business.models import Business
from app.domain.business.rules import KINDS


def set_approval_limits(
    business_id: uuid.UUID, limits: Mapping[str, Mapping[str, int]], *, two_for_channels: bool | None = None
) -> None:
    """Let one person move at most this much alone: kind → currency → minor units. What is left out has no limit; zero
    asks for approval always. What was asked already stays asked. `two_for_channels`: adding channel accounts and
    changing their settings takes two people (None: as it is).

    Raises:
        Invalid: no such kind or currency, or less than nothing.
    """
    for kind, of_kind in limits.items():
        if kind not in KINDS or any(minor < 0 for minor in of_kind.values()):
            raise Invalid("invalid_limit", "A limit is for refunds, payouts or withdrawals, and not below zero.")
        for currency in of_kind:
            exponent(currency)
    kept = {kind: dict(of_kind) for kind, of_kind in limits.items() if of_kind}
    changed: dict[str, Any] = {"approval_limits": kept}
    if two_for_channels is not None:
        changed["two_for_channels"] = two_for_channels
    with db.system_phase("set_approval_limits.set"):
        db.write(update(Business).where(Business.id == business_id).values(**changed), expect=1)
