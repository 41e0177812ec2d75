"""Sealing the audit log: what was noted since the last seal is counted, hashed onto it, and signed."""

from __future__ import annotations

import uuid

from sqlalchemy import select, text

from app.core import db
from app.core.db.models import AuditSeal
from app.core.security import crypto
from app.core.security.seals import CONTEXT, signed_text

MAX_COUNT = 1000  # entries under one seal
NIL_ID = uuid.UUID(int=0)

seals = db.table(AuditSeal)
# What lies between two seals, in order. Ids are the database's, and whatever is written still has a younger one than
# the horizon, so nothing can come in behind a seal.
_NEXT = text(
    "SELECT count(*) AS entries, (array_agg(e.id ORDER BY e.id DESC))[1] AS through_id,"
    " encode(sha256(convert_to(:before || string_agg(coalesce(e.erased_hash,"
    " encode(sha256(convert_to(bursar_entry_text(e), 'UTF8')), 'hex')), '' ORDER BY e.id), 'UTF8')), 'hex') AS hash"
    " FROM audit_entries e"
    " WHERE (e.business_id, e.id) IN (SELECT business_id, id FROM audit_entries WHERE business_id = :business"
    " AND id > :after AND id < :horizon ORDER BY id LIMIT :most)"
)


def seal_due() -> int:
    """Seal what waits at every business; how many seals were made. Two at once do no harm: a number is given once."""
    return sum(_seal_all(business_id) for business_id in _waiting())


def _waiting() -> list[uuid.UUID]:
    with db.system_reading():
        query = text(
            "SELECT b.id FROM businesses b WHERE EXISTS (SELECT FROM audit_entries e WHERE e.business_id = b.id"
            " AND e.id > coalesce((SELECT s.through_id FROM audit_seals s WHERE s.business_id = b.id"
            " ORDER BY s.number DESC LIMIT 1), :nobody)) LIMIT 10000"
        )
        return [row.id for row in db.rows(query, nobody=NIL_ID)]


def _seal_all(business_id: uuid.UUID) -> int:
    made = 0
    while _seal_one(business_id):
        made += 1
    return made


def _seal_one(business_id: uuid.UUID) -> bool:
    """One more seal; whether it was a full one, so that there may be more to seal."""
    with db.phase("seal_audit_log.seal", business_id):
        last = db.first(
            select(seals).where(seals.c.business_id == business_id).order_by(seals.c.number.desc()).limit(1)
        )
        number, after, before = (last.number + 1, last.through_id, last.hash) if last else (1, NIL_ID, "")
        horizon = uuid.UUID(int=db.oldest_write_ms() << 80)
        (found,) = db.rows(_NEXT, before=before, business=business_id, after=after, horizon=horizon, most=MAX_COUNT)
        if not found.entries:
            return False
        text_signed = signed_text(business_id, number, found.through_id, found.entries, found.hash)
        db.add_once(
            AuditSeal,
            number=number,
            through_id=found.through_id,
            entries=found.entries,
            hash=found.hash,
            signature=crypto.sign(text_signed, context=CONTEXT),
        )
    return bool(found.entries == MAX_COUNT)
