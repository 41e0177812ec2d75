"""Which transactions are writing now. What is written in one has ids made after its beginning, and appears at its end.
A lock that nobody waits for tells which transactions are between the two, by the second they began in."""

from __future__ import annotations

from sqlalchemy import text

_CLASS = 0x6275
MARK = f"pg_advisory_xact_lock_shared({_CLASS}::bigint << 32 | floor(extract(epoch FROM now()))::bigint)"
# The beginning of the oldest, or a little before, in milliseconds of the database's clock; the present without any.
OLDEST_MS = text(
    "SELECT (coalesce(min(objid::bigint), extract(epoch FROM statement_timestamp())) * 1000)::bigint"
    " FROM pg_locks WHERE locktype = 'advisory' AND classid = :class AND objsubid = 1"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
).bindparams(**{"class": _CLASS})
