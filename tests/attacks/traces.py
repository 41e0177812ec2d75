"""Looking for somebody in everything that is kept: every row, every key of Redis, every file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql
from redis import Redis

from app.domain.orders.types import Buyer


def marks(buyer: Buyer) -> list[str]:
    return [buyer.reference, str(buyer.email), str(buyer.phone)]


def _dump(owner_url: str) -> Iterator[tuple[str, str]]:
    """Every row of every table as text, as somebody with the database's files would have it."""
    with psycopg.connect(owner_url) as connection:
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        ).fetchall()
        for (table,) in tables:
            rows = connection.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table)))
            yield table, "\n".join(each for (each,) in rows)
            raw = connection.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND atttypid = 'bytea'::regtype",
                [table],
            ).fetchall()
            for (column,) in raw:
                each = sql.SQL("SELECT encode({}, 'escape') FROM {}").format(*map(sql.Identifier, (column, table)))
                yield table, "\n".join(text or "" for (text,) in connection.execute(each))


def found(buyer: Buyer, owner_url: str, redis_url: str, files: Path) -> set[tuple[str, str]]:
    places = [(table, text) for table, text in _dump(owner_url)]
    redis = Redis.from_url(redis_url)
    places += [("redis", f"{key!r} {redis.dump(key)!r}") for key in redis.scan_iter(count=1000)]
    places += [(str(file), file.read_bytes().decode(errors="replace")) for file in files.rglob("*") if file.is_file()]
    return {(place, mark) for place, text in places for mark in marks(buyer) if mark.lower() in text.lower()}
