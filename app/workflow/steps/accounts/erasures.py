"""While people are being erased some rows have their names and some have pseudonyms already: what compares rows by who
they belong to waits until that is over."""

from __future__ import annotations

from sqlalchemy import select

from app.core import db
from app.core.db import locks
from app.domain.accounts.privacy.models import Erasure

erasures = db.table(Erasure)
UNDER_WAY = select(erasures.c.business_id).where(erasures.c.finished_at.is_(None))
"""Businesses in which somebody is being erased."""


def hold() -> None:
    """Until the open phase ends no erasure begins in this business, and none that has begun is not seen."""
    locks.hold("erasures")


def is_under_way() -> bool:
    """Whether somebody of this business is being erased. `hold` first."""
    own = erasures.c.business_id == db.here(), erasures.c.finished_at.is_(None)
    return db.first(select(erasures.c.id).where(*own).limit(1)) is not None
