"""The business's API keys; of secret ones only what they can be recognised by is kept."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Row, select

from app.core import db, ids
from app.domain.business.models import ApiKey

MANY = 200


def list_keys(business_id: uuid.UUID) -> tuple[Row[Any], ...]:
    """Keys, those in use first, then the newest first."""
    table = ApiKey.__table__
    query = select(table).where(table.c.business_id == business_id)
    with db.reading(business_id):
        return tuple(db.rows(query.order_by(table.c.revoked, table.c.created_at.desc()).limit(MANY)))


def publishable_key(business_id: uuid.UUID) -> str | None:
    """The newest publishable key whose text is known; it may stand in any page."""
    table = ApiKey.__table__
    usable = (table.c.business_id == business_id, ~table.c.revoked, table.c.public_text.isnot(None))
    with db.reading(business_id):
        found: str | None = db.scalar(
            select(table.c.public_text).where(*usable).order_by(table.c.created_at.desc()).limit(1)
        )
    return found


def key_names(business_id: uuid.UUID) -> dict[str, str]:
    """The names of keys by how histories call those who used them."""
    return {f"key:{ids.show('key', key.id)}": key.name for key in list_keys(business_id)}
