"""Choosing how orders fall into parts. Orders that were placed keep theirs."""

from __future__ import annotations

import uuid

from sqlalchemy import update

from app.core import db
from app.core.errors import Invalid
from app.domain.accounts.business.models import Business
from app.domain.orders.splits.registry import splits


def choose_split(business_id: uuid.UUID, name: str) -> None:
    """Split the business's orders by this strategy from now on.

    Raises:
        Invalid: there is no such strategy.
    """
    if name not in splits():
        raise Invalid("unknown_split", "Choose one of the options.", details={"param": "split_by"})
    with db.system_phase("choose_split.choose"):
        db.write(update(Business).where(Business.id == business_id).values(split_by=name), expect=1)
