"""The people behind whoever acts: behind a person themselves and, while they are new, those who brought them; behind a
key everybody who could have its text; behind an operator's visit that operator. What takes two people takes two who
have none of these in common."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy import select

from app.core import clock, db, ids, settings
from app.core.errors import Denied
from app.domain.accounts.business import independence
from app.domain.accounts.business.independence import Seat
from app.domain.accounts.business.models import ApiKey, Membership

Roots = frozenset[uuid.UUID]
OPERATOR = "operator:"  # how histories name somebody who runs the installation and sits in a seat here
MAX_ROWS = 10_000
keys, members = db.table(ApiKey), db.table(Membership)
_SEATS = select(
    *(members.c.person_id, members.c.role, members.c.left_at, members.c.owner_until),
    *(members.c.vouched_by, members.c.vouched_at, members.c.confirmed_at),
).limit(MAX_ROWS)


def roots_of(actor: str) -> Roots:
    """In the open phase: the people behind `actor`; none behind the system, and behind a key that nobody made."""
    if actor.startswith("key:"):
        found = db.scalar(
            select(keys.c.roots).where(
                keys.c.business_id == db.here(), keys.c.id == ids.try_parse(actor.removeprefix("key:"), "key")
            )
        )
        return frozenset(found or ())
    person_id = ids.try_parse(actor.removeprefix(OPERATOR), "usr")
    if person_id is None:
        return frozenset()
    seats = seats_here()
    return independence.counts_with(seats.get(person_id), settled(seats.values()), person_id)


def somebody_of(actor: str) -> Roots:
    """The same of somebody who asks for something that takes two, or lets somebody in.

    Raises:
        Denied: a key of which nobody knows whose it is.
    """
    found = roots_of(actor)
    if not found and actor.startswith("key:"):
        text = (
            "This key has no principal because it was created on the command line. Roll it in the portal and use "
            "the new key."
        )
        raise Denied("key_without_person", text)
    return found


def names_of(roots: Roots) -> list[str]:
    """In the open phase: how histories name those who count with one of these people, and keys of theirs."""
    if not roots:
        return []
    seats = seats_here()
    known = settled(seats.values())
    people = roots | {each for each in seats if independence.counts_with(seats[each], known, each) & roots}
    mine = db.rows(select(keys.c.id).where(keys.c.business_id == db.here(), keys.c.roots.overlap(list(people))))
    names = [ids.show("usr", each) for each in sorted(people)]
    return [*names, *(f"{OPERATOR}{name}" for name in names), *(f"key:{ids.show('key', row.id)}" for row in mine)]


def seats_here() -> dict[uuid.UUID, Seat]:
    """In the open phase: by person, what counts of those who are in the team or were."""
    return {row.person_id: Seat.of(row) for row in db.rows(_SEATS.where(members.c.business_id == db.here()))}


def settled(seats: Iterable[Seat]) -> independence.Settled:
    """Since when each of them is somebody of their own."""
    waits = settings.current().second_person_waits
    return independence.settle(seats, waits=waits, moment=clock.now())
