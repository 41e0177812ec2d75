"""Moments of the database's clock. A process knows that clock to within a few milliseconds, so what it wrote last can
still lie ahead of it."""

from __future__ import annotations

from app.core import db, ids
from ops import child


def let_pass() -> None:
    """Wait until all that was written up to now counts as the past: told, sealed and listed from now on. A transaction
    that writes is known by the second it began in, so that second has to be over."""
    newest_s = (ids.new_id().int >> 80) // 1000

    def is_past() -> bool:
        with db.system_reading():
            return db.oldest_write_ms() // 1000 > newest_s

    assert child.wait_until(is_past, limit_s=30)
