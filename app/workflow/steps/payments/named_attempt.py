"""Which payment of ours a company means when it speaks of something else."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import db
from app.core.ids import try_parse
from app.domain.payments import service as payments


def named_attempt(account_id: uuid.UUID, *, our_ref: str | None, channel_ref: str | None) -> uuid.UUID | None:
    """The attempt of this account: by our number, else by the company's. In the open transaction."""
    ours = try_parse(our_ref, "att") if our_ref else None
    if ours is not None:
        attempts = payments.attempts
        conditions = attempts.c.business_id == db.here(), attempts.c.channel_account_id == account_id
        found: uuid.UUID | None = db.scalar(select(attempts.c.id).where(*conditions, attempts.c.id == ours))
        return found
    return payments.attempt_by_number(account_id, channel_ref) if channel_ref else None
