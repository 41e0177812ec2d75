"""For how long personal data is kept here, and when what was over was last removed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.core import db
from app.domain.accounts.business.models import Business
from app.domain.accounts.privacy import kinds
from app.domain.accounts.privacy.installation import narrowed
from app.domain.accounts.privacy.models import RetentionProgress
from app.domain.accounts.privacy.types import Kind


@dataclass(frozen=True)
class RetentionPeriod:
    """One kind as it is kept here: `days` (None: as long as the books), how much went the last time, and up to when
    everything has gone."""

    kind: Kind
    days: int | None
    removed: int | None
    through: datetime | None

    @property
    def bounds(self) -> tuple[int, int] | tuple[None, None]:
        """The fewest and the most days that may be chosen here; none where there is no choice."""
        keep = self.kind.keep
        return narrowed(self.kind.key, keep) if keep and keep.may_change else (None, None)

    @property
    def how_long(self) -> str:
        """In words."""
        return f"{self.days} days" if self.days else "As long as the ledger"


@dataclass(frozen=True)
class Retention:
    """All kinds, in the order of the table; `ran_at` is when the job was last through (None: it never was, or begins
    again because somebody chose otherwise)."""

    periods: tuple[RetentionPeriod, ...]
    ran_at: datetime | None

    @property
    def removed(self) -> int:
        """How many rows were removed or emptied in the last run."""
        return sum(each.removed or 0 for each in self.periods)

    @property
    def chosen(self) -> dict[str, int]:
        """The days of the kinds of which a business may choose."""
        return {each.kind.key: each.days or 0 for each in self.periods if each.kind in kinds.CHOSEN}


def retention(business_id: uuid.UUID) -> Retention:
    """What this business keeps."""
    progress = db.table(RetentionProgress)
    with db.reading(business_id):
        chosen = kinds.chosen_of(db.first(select(db.table(Business)).where(db.table(Business).c.id == business_id)))
        run = db.first(select(progress).where(progress.c.business_id == business_id))
    through, rows = (run.through, run.rows) if run else ({}, {})
    periods = tuple(
        RetentionPeriod(
            kind,
            kinds.days(chosen, kind.key) if kind.keep else None,
            rows.get(kind.key),
            datetime.fromisoformat(through[kind.key]) if kind.key in through else None,
        )
        for kind in kinds.KINDS
    )
    return Retention(periods, run.ran_at if run else None)
