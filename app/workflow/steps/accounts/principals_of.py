"""The people behind whoever acts: behind a person themselves and, while they are new, those who brought them; behind a
key everybody who could have its text; behind an operator's visit that operator. What takes two people takes two who
have none of these in common."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from app.core import clock, db, ids, settings
from app.core.errors import Denied
from app.domain.accounts.business import independence
from app.domain.accounts.business.independence import MemberFacts
from app.domain.accounts.business.models import ApiKey, Membership

Principals = frozenset[uuid.UUID]
OPERATOR = "operator:"  # how histories name somebody who runs the installation and sits in a seat here
MAX_ROWS = 10_000
keys, members = db.table(ApiKey), db.table(Membership)


class _Standing(db.JoinedRow):
    """The columns of a membership that MemberFacts are made of."""

    user_id: uuid.UUID
    role: str
    left_at: datetime | None
    ownership_ended_at: datetime | None
    sponsored_by: list[uuid.UUID]
    sponsored_at: datetime | None
    confirmed_at: datetime | None


_MEMBERS = db.select_as(
    _Standing,
    select(
        *(members.c.user_id, members.c.role, members.c.left_at, members.c.ownership_ended_at),
        *(members.c.sponsored_by, members.c.sponsored_at, members.c.confirmed_at),
    ).limit(MAX_ROWS),
)


def principals_of(actor: str) -> Principals:
    """In the open phase: the people behind `actor`; none behind the system, and behind a key that nobody made."""
    if actor.startswith("key:"):
        found = db.scalar(
            select(keys.c.principals).where(
                keys.c.business_id == db.here(), keys.c.id == ids.try_parse(actor.removeprefix("key:"), "key")
            )
        )
        return frozenset(found or ())
    user_id = ids.try_parse(actor.removeprefix(OPERATOR), "usr")
    if user_id is None:
        return frozenset()
    facts = members_here()
    return independence.counts_with(facts.get(user_id), independent(facts.values()), user_id)


def accountable_principals(actor: str) -> Principals:
    """The same of somebody who asks for something that takes two, or lets somebody in.

    Raises:
        Denied: a key of which nobody knows whose it is.
    """
    found = principals_of(actor)
    if not found and actor.startswith("key:"):
        text = (
            "This key has no principal because it was created on the command line. Roll it in the portal and use "
            "the new key."
        )
        raise Denied("key_without_person", text)
    return found


def names_of(principals: Principals) -> list[str]:
    """In the open phase: how histories name those who count with one of these people, and keys of theirs."""
    if not principals:
        return []
    facts = members_here()
    known = independent(facts.values())
    people = principals | {each for each in facts if independence.counts_with(facts[each], known, each) & principals}
    conditions = db.rows(
        select(keys.c.id).where(keys.c.business_id == db.here(), keys.c.principals.overlap(list(people)))
    )
    names = [ids.show("usr", each) for each in sorted(people)]
    return [*names, *(f"{OPERATOR}{name}" for name in names), *(f"key:{ids.show('key', row.id)}" for row in conditions)]


def members_here() -> dict[uuid.UUID, MemberFacts]:
    """In the open phase: by person, what counts of those who are in the team or were."""
    return {row.user_id: MemberFacts.of(row) for row in db.rows(_MEMBERS.where(members.c.business_id == db.here()))}


def independent(facts: Iterable[MemberFacts]) -> independence.IndependentSince:
    """Since when each of them is somebody of their own."""
    waits = settings.current().second_person_waits
    return independence.independent_since(facts, waits=waits, moment=clock.actual())
