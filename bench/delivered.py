"""Which orders were delivered meanwhile, as the database has it: what a merchant's webhook would have said."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Collection, Mapping
from typing import Any

import psycopg

from app.core.ids import parse, show

POLL_S = 0.05
_DELIVERED = "SELECT id FROM orders WHERE business_id = ANY(%s) AND id = ANY(%s) AND fulfilled_at IS NOT NULL"


def _ignore(order_id: str) -> None:
    del order_id


class Delivered:
    """Looks every POLL_S, in a thread and on a connection of its own, for the orders that are waited for. `heard` is
    called once with each that was delivered, in that thread. Use it in a `with`."""

    def __init__(self, plan: Mapping[str, Any], heard: Callable[[str], None] = _ignore) -> None:
        self.database, self.heard = plan["database"], heard
        self.business_ids = [uuid.UUID(shop["business_id"]) for shop in plan["shops"]]
        self._waiting: set[str] = set()
        self._found: set[str] = set()
        self._lock, self._over = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Delivered:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    def wait_for(self, order_id: str) -> None:
        """Look for this one too."""
        with self._lock:
            self._waiting.add(order_id)

    def among(self, ids: Collection[str]) -> list[str]:
        """Which of these were delivered."""
        with self._lock:
            return [each for each in ids if each in self._found]

    @property
    def waiting(self) -> int:
        """How many are still waited for."""
        return len(self._waiting)

    def _watch(self) -> None:
        with psycopg.connect(self.database, autocommit=True) as connection:
            while not self._over.is_set():
                began_s = time.monotonic()
                with self._lock:
                    wanted = [parse("ord", each) for each in self._waiting]
                found = connection.execute(_DELIVERED, [self.business_ids, wanted]).fetchall() if wanted else []
                arrived = {show("ord", row[0]) for row in found}
                with self._lock:
                    self._waiting -= arrived
                    self._found |= arrived
                for each in arrived:
                    self.heard(each)
                self._over.wait(max(0.01, began_s + POLL_S - time.monotonic()))
