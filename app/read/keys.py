"""The business's API keys; only what they can be recognised by is kept."""

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


def key_names(business_id: uuid.UUID) -> dict[str, str]:
    """The names of keys by how histories call those who used them."""
    return {f"key:{ids.show('key', key.id)}": key.name for key in list_keys(business_id)}
