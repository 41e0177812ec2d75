"""How far the removal of a business's old personal data came."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from app.core import db
from app.domain.accounts.privacy.models import RetentionProgress

progress = db.table(RetentionProgress)


def again(business_id: uuid.UUID) -> None:
    """In the open system phase: go through this business as soon as may be."""
    write(business_id, {"ran_at": None}, {"through": {}, "rows": {}})


def write(business_id: uuid.UUID, values: dict[str, Any], first: dict[str, Any]) -> None:
    """In the open system phase: `values` now, with `first` when nothing is known of the business yet."""
    row = insert(RetentionProgress).values(business_id=business_id, **first, **values)
    db.run(row.on_conflict_do_update(index_elements=["business_id"], set_=values))
