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
from typing import Protocol

REMEMBERED = timedelta(days=7)
_ALWAYS = datetime.min.replace(tzinfo=UTC)
IndependentSince = dict[uuid.UUID, datetime]


class Standing(Protocol):
    """A row with the columns of a membership that count here."""

    @property
    def user_id(self) -> uuid.UUID: ...
    @property
    def role(self) -> str: ...
    @property
    def left_at(self) -> datetime | None: ...
    @property
    def sponsored_by(self) -> list[uuid.UUID]: ...
    @property
    def sponsored_at(self) -> datetime | None: ...
    @property
    def confirmed_at(self) -> datetime | None: ...
    @property
    def ownership_ended_at(self) -> datetime | None: ...


@dataclass(frozen=True)
class MemberFacts:
    """What counts of a membership; `owns` is whether they own the business now."""

    user_id: uuid.UUID
    owns: bool
    sponsored_by: frozenset[uuid.UUID] = frozenset()
    sponsored_at: datetime | None = None
    confirmed_at: datetime | None = None
    ownership_ended_at: datetime | None = None

    @classmethod
    def of(cls, row: Standing) -> MemberFacts:
        """The facts of a membership's row."""
        return cls(
            row.user_id,
            owns=row.role == "owner" and row.left_at is None,
            sponsored_by=frozenset(row.sponsored_by),
            sponsored_at=row.sponsored_at,
            confirmed_at=row.confirmed_at,
            ownership_ended_at=row.ownership_ended_at,
        )


def independent_since(facts: Iterable[MemberFacts], *, waits: timedelta, moment: datetime) -> IndependentSince:
    """By person, since when they are independent of their sponsors; those who are not at `moment` are left out."""
    known = list(facts)
    independent = {member.user_id: member.confirmed_at or _ALWAYS for member in known if _is_clear(member)}
    newcomers = [member for member in known if not _is_clear(member) and member.sponsored_at is not None]
    for member in sorted(newcomers, key=lambda each: (each.sponsored_at or _ALWAYS, each.user_id)):
        at = _by_waiting(member, [other for other in known if other.user_id in independent], independent, waits)
        if at is not None and at <= moment:
            independent[member.user_id] = at
    return independent


def counts_with(member: MemberFacts | None, independent: IndependentSince, user_id: uuid.UUID) -> frozenset[uuid.UUID]:
    """The people whom this person counts with; themselves alone once they are independent."""
    if member is None or user_id in independent:
        return frozenset({user_id})
    return member.sponsored_by | {user_id}


def _is_clear(member: MemberFacts) -> bool:
    return not member.sponsored_by or member.confirmed_at is not None


def _by_waiting(
    member: MemberFacts, others: list[MemberFacts], independent: IndependentSince, waits: timedelta
) -> datetime | None:
    """When the time is over that takes the place of a confirmation. None while an owner could give one, and while two
    owners stand behind who brought them, as behind a key that both knew: one of them may have done it alone."""
    assert member.sponsored_at is not None
    at = member.sponsored_at + waits
    for other in others:
        if not other.owns and other.ownership_ended_at is not None and other.user_id != member.user_id:
            at = max(at, other.ownership_ended_at + REMEMBERED)
    owners = [each for each in others if each.owns and independent[each.user_id] <= at]
    brought = [each for each in owners if each.user_id in member.sponsored_by]
    could = [each for each in owners if each.user_id not in member.sponsored_by | {member.user_id}]
    return None if could or len(brought) > 1 else at
