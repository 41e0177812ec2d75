"""What memberships have become is told: begun, changed, of another level, about to end, ended.

A change only writes that something is due now; time writes nothing, so each membership says when it changes next. Both
end here: what holds now is compared with what the outside has heard, however late.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, select

from app.core import clock, db, outbox
from app.domain.accounts.business.models import Business
from app.domain.fulfilment import members
from app.domain.fulfilment.members import Member
from app.domain.fulfilment.membership import Standing, standing, timeline
from app.domain.fulfilment.models import BuyerMembership
from app.lib.some import some
from app.workflow.steps.accounts import erasures
from app.workflow.steps.fulfilment.renewing import renewing
from app.workflow.steps.operations import due

BATCH = 200  # memberships of one business in a phase
BUSINESSES = 50
# While a contract's next cycle is being charged, its membership has not ended: how often that is looked at, how long at
# most, and how often whether one that renews will end after all.
RENEWAL_PAUSE, RENEWED_WITHIN, REMINDER_PAUSE = timedelta(minutes=1), timedelta(hours=1), timedelta(hours=6)
memberships = db.table(BuyerMembership)


@dataclass(frozen=True)
class News:
    """What is told of a membership: the event's topic, and what it says beside the membership."""

    topic: str
    more: dict[str, Any]


def refresh_due() -> int:
    """Refresh every membership that is due; how many batches were. Safe to run concurrently."""
    return due.process(_due, refresh)


def refresh(business_id: uuid.UUID, _membership_id: uuid.UUID | None = None) -> bool:
    """Refresh some memberships of this business that are due; whether any were. While people are being erased there
    none is: a membership and its purchases may have different names."""
    with db.phase("refresh_memberships.refresh", business_id):
        erasures.hold()
        if erasures.is_under_way():
            return False
        rows = db.rows(
            select(memberships.c.buyer_reference, memberships.c.product_id)
            .where(memberships.c.business_id == business_id, memberships.c.due_at <= clock.now())
            .order_by(memberships.c.due_at)
            .limit(BATCH)
        )
        if not rows:
            return False
        days = db.scalar(select(Business.membership_reminder_days).where(Business.id == business_id))
        ahead = timedelta(days=days) if days is not None else None
        found = members.locked([(row.buyer_reference, row.product_id) for row in rows])
        now = clock.now()
        stands = {pair: _standing(member, now) for pair, member in found.items()}
        renewed = renewing([pair for pair, member in found.items() if _is_ending(member, stands[pair], now, ahead)])
        for pair, member in found.items():
            _refresh(member, stands[pair], now, ahead, is_renewed=pair in renewed)
    return True


def _standing(member: Member, now: datetime) -> Standing:
    known = some(member.known)
    return standing(timeline(member.purchases), now) or Standing("", 0, known.starts_at, known.ends_at, None)


def _is_ending(member: Member, found: Standing, now: datetime, ahead: timedelta | None) -> bool:
    """Whether its end would be told, or that it comes."""
    remind_at = _remind_at(found, ahead)
    is_over = found.changes_at is None and some(member.known).told_ends_at is not None
    return is_over or (remind_at is not None and remind_at <= now)


def _refresh(member: Member, found: Standing, now: datetime, ahead: timedelta | None, *, is_renewed: bool) -> None:
    known = some(member.known)
    if known.due_at is None or known.due_at > now:
        return  # somebody else was first
    if is_renewed and found.changes_at is None and now < found.ends_at + RENEWED_WITHIN:
        # Its next period begins where this one ends, as soon as that is paid: it has not ended yet.
        db.write(db.change(BuyerMembership, known.id, due_at=now + RENEWAL_PAUSE), expect=1)
        return
    remind_at = _remind_at(found, ahead)
    if is_renewed and remind_at is not None:
        remind_at = max(remind_at, now + REMINDER_PAUSE)  # it does not end, unless somebody cancels it
    is_reminded = known.reminded_ends_at == found.ends_at
    for news in news_of(known, found):
        _tell(known, found, news)
    if remind_at is not None and remind_at <= now and not is_reminded:
        _tell(known, found, News("membership.ending", {}))
        is_reminded = True
    is_active = found.changes_at is not None
    change = db.change(
        BuyerMembership,
        known.id,
        level=found.level,
        rank=found.rank,
        starts_at=found.since,
        ends_at=found.ends_at,
        due_at=_next(found, None if is_reminded else remind_at),
        told_level=found.level if is_active else None,
        told_ends_at=found.ends_at if is_active else None,
        reminded_ends_at=found.ends_at if is_reminded else known.reminded_ends_at,
    )
    db.write(change, expect=1)


def news_of(known: BuyerMembership, found: Standing) -> list[News]:
    """What has to be told of a membership that is `found` now, in order."""
    news: list[News] = []
    is_active, was_active = found.changes_at is not None, known.told_ends_at is not None
    is_another = was_active and is_active and found.since > some(known.told_ends_at)
    if was_active and (not is_active or is_another):
        news.append(News("membership.ended", {}))
    if is_active and (not was_active or is_another):
        news.append(News("membership.started", {}))
    elif was_active and is_active:
        if known.told_level != found.level:
            news.append(News("membership.level_changed", {"previous_level": known.told_level}))
        if known.told_ends_at != found.ends_at:
            news.append(News("membership.changed", {}))
    return news


def _remind_at(found: Standing, ahead: timedelta | None) -> datetime | None:
    """When to remind of the end; never of a membership that is shorter than that."""
    if ahead is None or found.changes_at is None or found.ends_at - ahead <= found.since:
        return None
    return found.ends_at - ahead


def _next(found: Standing, remind_at: datetime | None) -> datetime | None:
    return min((each for each in (found.changes_at, remind_at) if each is not None), default=None)


def _tell(known: BuyerMembership, found: Standing, news: News) -> None:
    payload = {
        "membership_id": str(known.id),
        "product_id": str(known.product_id),
        "buyer_reference": known.buyer_reference,
        "level": found.level,
        "ends_at": found.ends_at.isoformat(),
        **news.more,
    }
    outbox.emit(f"membership.{news.topic.removeprefix('membership.')}", aggregate_id=known.id, payload=payload)


def _due() -> list[due.DueItem]:
    """One membership of each business that has some, the longest due first."""
    waits = and_(memberships.c.due_at <= clock.now(), memberships.c.business_id.not_in(erasures.UNDER_WAY))
    with db.system_reading():
        rows = db.rows(
            select(memberships.c.business_id, memberships.c.id)
            .where(waits)
            .order_by(memberships.c.due_at)
            .limit(BUSINESSES)
        )
        return [(row.business_id, row.id) for row in {row.business_id: row for row in reversed(rows)}.values()]
