"""The live twin of a test business."""

from __future__ import annotations

import uuid

from sqlalchemy import update

from app.core import db
from app.core.ids import new_id
from app.domain.accounts.business.models import Business


def make_live(test_id: uuid.UUID, **values: object) -> uuid.UUID:
    """A live business beside this one, with these columns; its id."""
    live_id = new_id()
    with db.system_phase("test.live"):
        db.write(db.new_row(Business, id=live_id, name="Live", mode="live", twin_id=test_id, **values))
        db.write(update(Business).where(Business.id == test_id).values(twin_id=live_id), expect=1)
    return live_id
