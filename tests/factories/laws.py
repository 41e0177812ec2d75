"""Whether a business keeps every law of `flask audit`, asked in one statement whose plan is made once."""

from __future__ import annotations

import uuid
from functools import cache

from sqlalchemy import TextClause, text

from app.core import db
from app.read.operations import audit

_ALONE = text(
    "SELECT set_config('statement_timeout', '0', true), set_config('plan_cache_mode', 'force_generic_plan', true)"
)


@cache
def _question() -> TextClause:
    """Every check at once: the ids of those that find a row of the business, or one that is nobody's."""
    queries = [
        f"(SELECT '{check.id}' FROM ({check.sql}) found"
        " WHERE coalesce(to_jsonb(found) ->> 'business_id', :business_id) = :business_id LIMIT 1)"
        for check in audit.CHECKS
    ]
    return text(" UNION ALL ".join(queries))


def broken(business_id: uuid.UUID) -> list[str]:
    """The ids of the checks that something about the business breaks."""
    with db.system_reading():
        db.rows(_ALONE)
        return [row[0] for row in db.rows(_question(), business_id=str(business_id), **audit.moments())]
