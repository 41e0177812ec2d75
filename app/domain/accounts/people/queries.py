"""Reading second factors."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from app.core import db
from app.domain.accounts.people import rules
from app.domain.accounts.people.models import Passkey, RecoveryCode, TotpSecret

secrets = db.table(TotpSecret)
codes = db.table(RecoveryCode)
passkeys = db.table(Passkey)


def app_since(user_id: uuid.UUID) -> datetime | None:
    """When this person set up their authenticator app; None without one."""
    found: datetime | None = db.scalar(select(secrets.c.confirmed_at).where(secrets.c.user_id == user_id))
    return found


def codes_left(user_id: uuid.UUID) -> int:
    """How many recovery codes of this person are unused."""
    unused = codes.c.user_id == user_id, codes.c.used_at.is_(None)
    return int(db.scalar(select(func.count()).select_from(codes).where(*unused)))


def passkeys_of(user_id: uuid.UUID) -> Sequence[Passkey]:
    """The passkeys of this person, the oldest first."""
    return db.rows(
        select(passkeys).where(passkeys.c.user_id == user_id).order_by(passkeys.c.id).limit(rules.MAX_PASSKEYS)
    )


def has_factor(user_id: uuid.UUID) -> bool:
    """Whether this person has a second factor."""
    return app_since(user_id) is not None or bool(passkeys_of(user_id))
