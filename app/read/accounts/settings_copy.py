"""What copying the settings of a test business would change in its live twin."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import func, select

from app.core import db
from app.core.errors import Conflict
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.settings.declared import CHANGEABLE
from app.domain.accounts.business.settings.models import SettingsVersion
from app.domain.accounts.business.settings.types import Changes

businesses, versions = db.table(Business), db.table(SettingsVersion)


@dataclass(frozen=True)
class Copyable:
    """Settings that differ, as they are in live and as they are in test, and the versions that were compared."""

    changes: Changes
    version: int
    test_version: int


def copyable(business_id: uuid.UUID) -> Copyable:
    """What could be copied into this live business from its test twin.

    Raises:
        Conflict: this is no live business with a test twin.
    """
    with db.system_reading():
        query = select(businesses).where((businesses.c.id == business_id) | (businesses.c.twin_id == business_id))
        rows = {row.mode: row for row in db.rows(query.limit(2))}
        test, live = rows.get("test"), rows.get("live")
        if test is None or live is None or live.id != business_id:
            raise Conflict("no_twin", "Settings are copied into a live business, from its test business.")
        numbers = [db.scalar(select(func.max(versions.c.number)).where(versions.c.business_id == row.id)) or 0
                   for row in (live, test)]  # fmt: skip
    changes = {
        key: {"before": getattr(live, key), "after": getattr(test, key)}
        for key in CHANGEABLE
        if getattr(live, key) != getattr(test, key)
    }
    return Copyable(changes, *numbers)
