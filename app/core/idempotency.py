"""The law of Idempotency-Key: one key, one effect, the same answer again for at least a day.

The key is claimed before the work and answered after it; the work itself is safe against being done twice because
what it creates carries an id derived from the key's row (`Claim.id`).
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from app.core import clock, db
from app.core.errors import BadRequest, Conflict, Invalid
from app.core.ids import new_id
from app.core.models import IdempotencyKey

LOCK_S = 90  # a request that died is free to be tried again after this
MAX_KEY = 255


def seal_context(claim_id: uuid.UUID) -> str:
    """What an answer that is kept sealed is bound to."""
    return f"idempotency_keys/{claim_id}/answer"


@dataclass(frozen=True)
class Claim:
    """A key that is ours to work under. With `http_status` set, it was answered before: give `answer` again."""

    id: uuid.UUID
    http_status: int | None
    answer: dict[str, Any] | None


def body_hash(body: Any) -> str:
    """A hash of the request that does not depend on the order of its members."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def claim(business_id: uuid.UUID, *, route: str, key: str | None, body: Any) -> Claim:
    """Take the key for this request. A key left behind by a process that died is taken over with its id.

    Raises:
        BadRequest: no key, or an unusable one (400).
        Invalid: the key was used with another body (422).
        Conflict: the first request with it is still running (409).
    """
    if not key:
        raise BadRequest("idempotency_key_missing", "Send an Idempotency-Key header: any unique text, such as a UUID.")
    if len(key) > MAX_KEY or not key.isprintable():
        raise BadRequest("idempotency_key_invalid", f"An Idempotency-Key has at most {MAX_KEY} printable characters.")
    digest, moment = body_hash(body), clock.now()
    until = moment + timedelta(seconds=LOCK_S)
    with db.phase("idempotency.claim", business_id):
        fresh = (
            db.new_row(
                IdempotencyKey,
                business_id=business_id,
                id=new_id(),
                created_at=moment,
                route=route,
                key=key,
                body_hash=digest,
                locked_until=until,
            )
            .on_conflict_do_nothing()
            .returning(IdempotencyKey.id)
        )
        if (made := db.scalar(fresh)) is not None:
            return Claim(made, None, None)
        known = db.first(
            select(IdempotencyKey.__table__)
            .where(
                IdempotencyKey.business_id == business_id,
                IdempotencyKey.route == route,
                IdempotencyKey.key == key,
            )
            .with_for_update()
        )
        if known is None:
            raise Conflict("idempotency_in_flight", "This request was just withdrawn; send it again.")
        if known.body_hash != digest:
            raise Invalid("idempotency_key_reused", "This Idempotency-Key was used for another request.")
        if known.http_status is not None:
            return Claim(known.id, known.http_status, known.answer)
        if known.locked_until is not None and known.locked_until > moment:
            raise Conflict("idempotency_in_flight", "The first request with this Idempotency-Key is still running.")
        db.write(db.change(IdempotencyKey, known.id, locked_until=until))
        return Claim(known.id, None, None)


def answer(
    business_id: uuid.UUID,
    claim_id: uuid.UUID,
    *,
    http_status: int,
    body: dict[str, Any] | Callable[[], dict[str, Any]],
) -> None:
    """Keep the answer for whoever asks again with this key; the first one given stays. A `body` to be called is
    called in the phase that keeps it, so that what it reads needs no transaction of its own."""
    with db.phase("idempotency.answer", business_id):
        kept = body() if callable(body) else body
        change = db.change(IdempotencyKey, claim_id, http_status=http_status, answer=kept, locked_until=None)
        db.write(change.where(IdempotencyKey.http_status.is_(None)))


def pause(business_id: uuid.UUID, claim_id: uuid.UUID) -> None:
    """The request broke off and something may have been begun: a repeat goes on at once, under the same claim."""
    with db.phase("idempotency.pause", business_id):
        change = db.change(IdempotencyKey, claim_id, locked_until=None)
        db.write(change.where(IdempotencyKey.http_status.is_(None)))


def release(business_id: uuid.UUID, claim_id: uuid.UUID) -> None:
    """Nothing was begun (the request was refused): the key may be used again at once, also with a mended body."""
    with db.phase("idempotency.release", business_id):
        db.run(
            delete(IdempotencyKey).where(
                IdempotencyKey.business_id == business_id,
                IdempotencyKey.id == claim_id,
                IdempotencyKey.http_status.is_(None),
            )
        )
