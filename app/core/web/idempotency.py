"""The law of Idempotency-Key: one key, one effect, the same answer again for at least a day.

The key is claimed before the work, or in its first phase, and answered after it, or in its last one; the work itself is
safe against being done twice because what it creates carries an id derived from the key's row (`Claim.id`).

A claim belongs to a request of a living process: a lease of two seconds by the database's clock, renewed while the
request runs. When its process is gone, or the answer to its COMMIT was lost, the next request with the key takes it
over and goes on from what the database says. Every claim has a holder of its own; whoever comes back from a long pause
finds another holder there, and each of its phases is refused (`at_work`).
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import DateTime, Update, delete, func, literal_column, select, text

from app.core import clock, db
from app.core.db import engine
from app.core.db.lease import LEASE_S, Held, LeaseRenewer
from app.core.db.models import IdempotencyKey
from app.core.db.precondition import Superseded, while_row_matches
from app.core.db.row_sql import Sql
from app.core.errors import BadRequest, Conflict, Invalid
from app.core.ids import new_id

MAX_KEY = 255
_AHEAD = literal_column(f"clock_timestamp() + interval '{LEASE_S} seconds'", DateTime(timezone=True))
_IS_HELD = func.coalesce(IdempotencyKey.claimed_until > func.clock_timestamp(), False)
_RENEW = text(
    "UPDATE idempotency_keys SET claimed_until = clock_timestamp() + make_interval(secs => :lease_s)"
    " FROM unnest(CAST(:businesses AS uuid[]), CAST(:ids AS uuid[]), CAST(:holders AS uuid[]))"
    " AS mine (business_id, id, claimed_by) WHERE idempotency_keys.business_id = mine.business_id"
    " AND idempotency_keys.id = mine.id AND idempotency_keys.claimed_by = mine.claimed_by"
    " AND idempotency_keys.http_status IS NULL"
)


def encryption_context(claim_id: uuid.UUID) -> str:
    """What an answer that is kept encrypted is bound to."""
    return f"idempotency_keys/{claim_id}/answer"


@dataclass(frozen=True)
class Claim:
    """A key that is `holder`'s to work under. With `http_status` set, it was answered before: give `answer` again.
    When `was_begun`, somebody had it before and may have begun the work."""

    id: uuid.UUID
    http_status: int | None
    answer: dict[str, Any] | None
    holder: uuid.UUID
    was_begun: bool = False
    unwritten: Unwritten | None = None


@dataclass(frozen=True)
class Unwritten:
    """What a claim that the first phase of its work writes is about."""

    route: str
    key: str
    body_hash: str


class KeyTaken(Conflict):
    """The key of an unwritten claim is known already: nothing of the work was done; `claim` says what is to be done."""

    default_code = "idempotency_in_flight"


def body_hash(body: Any) -> str:
    """A hash of the request that does not depend on the order of its members."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def claim(business_id: uuid.UUID, *, route: str, key: str | None, body: Any) -> Claim:
    """Take the key for this request, for a moment; `at_work` keeps it. A key whose holder is gone is taken over with
    its id.

    Raises:
        BadRequest: no key, or an unusable one (400).
        Invalid: the key was used with another body (422).
        Conflict: the first request with it is still running (409).
    """
    key = _usable(key)
    digest, holder = body_hash(body), new_id()
    with db.phase("idempotency.claim", business_id):
        fresh = (
            db.new_row(
                IdempotencyKey,
                business_id=business_id,
                id=new_id(),
                created_at=clock.actual(),
                route=route,
                key=key,
                body_hash=digest,
                claimed_until=_AHEAD,
                claimed_by=holder,
            )
            .on_conflict_do_nothing()
            .returning(IdempotencyKey.id)
        )
        if (made := db.scalar(fresh)) is not None:
            return Claim(made, None, None, holder)
        known = db.first(
            select(IdempotencyKey.__table__, _IS_HELD.label("is_held")).where(
                IdempotencyKey.business_id == business_id,
                IdempotencyKey.route == route,
                IdempotencyKey.key == key,
            )
        )
        if known is None:
            raise Conflict("idempotency_in_flight", "This request was just cancelled; send it again.")
        if known.body_hash != digest:
            raise Invalid("idempotency_key_reused", "This Idempotency-Key was used for another request.")
        if known.http_status is not None:
            return Claim(known.id, known.http_status, known.answer, holder)
        if known.is_held or not _take_over(known.id, holder):
            raise Conflict("idempotency_in_flight", "The first request with this Idempotency-Key is still running.")
        return Claim(known.id, None, None, holder, was_begun=True)


def unwritten_claim(*, route: str, key: str | None, body: Any) -> Claim:
    """A claim that `at_work` writes in the first phase of the work, which must change nothing outside before.

    Raises:
        BadRequest: no key, or an unusable one (400).
    """
    about = Unwritten(route, _usable(key), body_hash(body))
    return Claim(new_id(), None, None, new_id(), unwritten=about)


def _usable(key: str | None) -> str:
    if not key:
        raise BadRequest("idempotency_key_missing", "Send an Idempotency-Key header: any unique text, such as a UUID.")
    if len(key) > MAX_KEY or not key.isprintable():
        raise BadRequest("idempotency_key_invalid", f"An Idempotency-Key has at most {MAX_KEY} printable characters.")
    return key


def is_known(business_id: uuid.UUID, claim: Claim) -> bool:
    """Whether somebody had the key of an unwritten claim before."""
    assert claim.unwritten is not None
    with db.reading(business_id):
        found = select(IdempotencyKey.id).where(
            IdempotencyKey.business_id == business_id,
            IdempotencyKey.route == claim.unwritten.route,
            IdempotencyKey.key == claim.unwritten.key,
        )
        return db.scalar(found) is not None


def is_written() -> bool:
    """Inside `at_work`: whether a phase that wrote the claim stands."""
    return db.first_write.get() is None


def _take_over(claim_id: uuid.UUID, holder: uuid.UUID) -> bool:
    """Whether the claim is this holder's now. It is not while a phase of the last one is open, which locks the row."""
    free = (
        select(IdempotencyKey.id)
        .where(
            IdempotencyKey.business_id == db.here(),
            IdempotencyKey.id == claim_id,
            IdempotencyKey.http_status.is_(None),
            ~_IS_HELD,
        )
        .with_for_update(skip_locked=True)
    )
    if db.scalar(free) is None:
        return False
    db.write(db.change(IdempotencyKey, claim_id, claimed_until=_AHEAD, claimed_by=holder))
    return True


@contextmanager
def at_work(business_id: uuid.UUID, claim: Claim) -> Iterator[None]:
    """While inside, the claim is renewed, and every phase of this business first makes sure that it is still ours and
    keeps it so until the phase ends.

    Raises:
        Superseded: at the beginning of a phase; somebody else has taken the claim over.
        KeyTaken: by the first phase, of an unwritten claim.
    """
    ours = while_row_matches(IdempotencyKey.__table__, business_id, claim.id, claimed_by=claim.holder)
    token = db.first_write.set(partial(_write, claim) if claim.unwritten is not None else None)
    try:
        with _renewer.holding(Held(business_id, claim.id, claim.holder)), ours:
            yield
    finally:
        db.first_write.reset(token)


def _write(claim: Claim) -> None:
    about = claim.unwritten
    assert about is not None
    until: Any = Sql(f"clock_timestamp() + interval '{LEASE_S} seconds'", ())
    db.add_or_raise(
        KeyTaken(message="This Idempotency-Key was used before."),
        IdempotencyKey,
        id=claim.id,
        created_at=clock.actual(),
        route=about.route,
        key=about.key,
        body_hash=about.body_hash,
        claimed_until=until,
        claimed_by=claim.holder,
    )


def answer(
    business_id: uuid.UUID, claim: Claim, *, http_status: int, body: dict[str, Any] | Callable[[], dict[str, Any]]
) -> None:
    """Keep the answer for whoever asks again with this key; the first one given stays. A `body` to be called is
    called in the phase that keeps it, so that what it reads needs no transaction of its own.

    Raises:
        Superseded: somebody else has taken the claim over, and may have answered.
    """
    with db.phase("idempotency.answer", business_id):
        answer_here(claim, http_status=http_status, body=body() if callable(body) else body)


def answer_here(claim: Claim, *, http_status: int, body: dict[str, Any]) -> None:
    """The same, in the open phase."""
    values = {"http_status": http_status, "answer": body, "claimed_until": None, "claimed_by": None}
    db.change_known(IdempotencyKey, claim.id, values, otherwise=Superseded(), claimed_by=claim.holder)


def pause(business_id: uuid.UUID, claim: Claim) -> None:
    """The request broke off and something may have been begun: a repeat goes on at once, under the same claim."""
    with db.phase("idempotency.pause", business_id):
        db.write(_ours(db.change(IdempotencyKey, claim.id, claimed_until=None, claimed_by=None), claim))


def release(business_id: uuid.UUID, claim: Claim) -> None:
    """Nothing was begun (the request was refused): the key may be used again at once, also with a mended body."""
    with db.phase("idempotency.release", business_id):
        db.run(
            delete(IdempotencyKey).where(
                IdempotencyKey.business_id == business_id,
                IdempotencyKey.id == claim.id,
                IdempotencyKey.claimed_by == claim.holder,
                IdempotencyKey.http_status.is_(None),
            )
        )


def _ours(change: Update, claim: Claim) -> Update:
    return change.where(IdempotencyKey.http_status.is_(None), IdempotencyKey.claimed_by == claim.holder)


def _renew(held: Sequence[Held]) -> None:
    values = {
        "lease_s": LEASE_S,
        "businesses": [each.business_id for each in held],
        "ids": [each.id for each in held],
        "holders": [each.holder for each in held],
    }
    with db.system_phase("idempotency.renew", by=engine.aside()):
        db.run(_RENEW.bindparams(**values))


_renewer = LeaseRenewer(_renew)
