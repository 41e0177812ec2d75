"""Whether somebody in a team is somebody of their own, or may be another mailbox of whoever brought them.

Who was in the team from the start is. Who was invited, or was given more to do with money, counts together with those
who did that, until an owner whom they do not count with confirms them. Where there is no such owner, since the
business grows from one person to two, a waiting time does it. An owner whose place somebody else took away holds that
up for REMEMBERED more, also when a key of theirs was used: nobody becomes the only owner by removing the others, and a
second one by inviting themselves. Whom a key of two owners brought waits for a third, or is invited again by a person.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row

from app.domain.accounts.business.models import Membership

REMEMBERED = timedelta(days=7)
_ALWAYS = datetime.min.replace(tzinfo=UTC)
Settled = dict[uuid.UUID, datetime]


@dataclass(frozen=True)
class Seat:
    """What counts of a membership; `owns` is whether they own the business now."""

    person_id: uuid.UUID
    owns: bool
    vouched_by: frozenset[uuid.UUID] = frozenset()
    vouched_at: datetime | None = None
    confirmed_at: datetime | None = None
    owner_until: datetime | None = None

    @classmethod
    def of(cls, row: Membership | Row[Any]) -> Seat:
        """Of a membership's row."""
        return cls(
            row.person_id,
            owns=row.role == "owner" and row.left_at is None,
            vouched_by=frozenset(row.vouched_by),
            vouched_at=row.vouched_at,
            confirmed_at=row.confirmed_at,
            owner_until=row.owner_until,
        )


def settle(seats: Iterable[Seat], *, waits: timedelta, moment: datetime) -> Settled:
    """Since when each person is somebody of their own; who is not, at `moment`, is not in it."""
    given = list(seats)
    settled = {seat.person_id: seat.confirmed_at or _ALWAYS for seat in given if _is_clear(seat)}
    newcomers = [seat for seat in given if not _is_clear(seat) and seat.vouched_at is not None]
    for seat in sorted(newcomers, key=lambda each: (each.vouched_at or _ALWAYS, each.person_id)):
        at = _by_waiting(seat, [other for other in given if other.person_id in settled], settled, waits)
        if at is not None and at <= moment:
            settled[seat.person_id] = at
    return settled


def counts_with(seat: Seat | None, settled: Settled, person_id: uuid.UUID) -> frozenset[uuid.UUID]:
    """The people whom this person counts with; themselves alone once they are somebody of their own."""
    if seat is None or person_id in settled:
        return frozenset({person_id})
    return seat.vouched_by | {person_id}


def _is_clear(seat: Seat) -> bool:
    return not seat.vouched_by or seat.confirmed_at is not None


def _by_waiting(seat: Seat, others: list[Seat], settled: Settled, waits: timedelta) -> datetime | None:
    """When the time is over that takes the place of a confirmation. None while an owner could give one, and while two
    owners stand behind who brought them, as behind a key that both knew: one of them may have done it alone."""
    assert seat.vouched_at is not None
    at = seat.vouched_at + waits
    for other in others:
        if not other.owns and other.owner_until is not None and other.person_id != seat.person_id:
            at = max(at, other.owner_until + REMEMBERED)
    owners = [each for each in others if each.owns and settled[each.person_id] <= at]
    brought = [each for each in owners if each.person_id in seat.vouched_by]
    could = [each for each in owners if each.person_id not in seat.vouched_by | {seat.person_id}]
    return None if could or len(brought) > 1 else at
