"""Choosing how orders fall into parts. Orders that were placed keep theirs."""

from __future__ import annotations

import uuid

from app.core import db
from app.core.errors import Invalid
from app.domain.orders.splits.registry import splits
from app.workflow.steps.accounts.write_settings import write_settings


def choose_split(business_id: uuid.UUID, name: str, *, actor: str = "system") -> None:
    """Split the business's orders by this strategy from now on.

    Raises:
        Invalid: there is no such strategy.
    """
    if name not in splits():
        raise Invalid("unknown_split", "Choose one of the options.", details={"param": "split_by"})
    with db.system_phase("choose_split.choose"):
        write_settings(business_id, {"split_by": name}, actor=actor)
