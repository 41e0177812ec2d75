"""How many calls out may be under way at once in this process: of a kind, of a business, and to one other side. Threads
wait for calls, so whoever fills every slot with calls that hang would stop everybody.

The slots of a pool are shared fairly without anybody being told a share: a business may hold half as many again as are
free. So one alone gets most of them, the next less, and there is one for the third. Whoever finds no slot waits a
moment, and only while slots come back: when its own calls are slow, or everybody's, the answer is no at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from app.core.errors import TooMany, Unavailable

SHARE = 1.5  # of what is free
WAIT_S = 3.0
LOOK_AGAIN_S = 0.25
# What is asked of a company besides beginning a payment.
QUIET = (
    *("query", "close", "refund", "query_refund", "pay_out", "query_pay_out", "keys"),
    *("start_contract", "query_contract", "end_contract", "deduct", "read_bill"),
    *("query_dispute", "submit_evidence", "accept_dispute"),
)
SLOW_S = 1.0  # a call that takes longer will not be over in a moment
RETRY_AFTER_S = 5


@dataclass(frozen=True)
class Kind:
    """Calls of one kind: the pool they share with others, how many of them at once, and how many of one business and to
    one other side (None: as many as the pool allows)."""

    pool: str
    total: int
    of_one_business: int | None = None
    to_one_side: int | None = None
    waits: bool = True


@dataclass(frozen=True)
class _Held:
    kind: str
    business: str
    side: str
    since_s: float


class Bulkhead:
    """Slots by pool. Safe to use from many threads; nothing is locked while a slot is held."""

    def __init__(self, pools: Mapping[str, int], kinds: Mapping[str, Kind], *, wait_s: float = WAIT_S) -> None:
        self._pools, self._kinds, self._wait_s = pools, kinds, wait_s
        self._held: dict[object, _Held] = {}
        self._changed = threading.Condition()

    @contextmanager
    def slot(self, kind: str, business: object, side: object) -> Iterator[bool]:
        """Hold a slot while inside; False when there was none, and then nothing is held. `side` is who is called."""
        request, key = _Held(kind, str(business), str(side), 0.0), object()
        has_slot = self._take(key, request)
        try:
            yield has_slot
        finally:
            if has_slot:
                with self._changed:
                    del self._held[key]
                    self._changed.notify_all()

    def is_stuck(self, kind: str, business: object, side: object = "") -> bool:
        """Whether there is no slot for this now and none is to be expected in a moment."""
        request = _Held(kind, str(business), str(side), 0.0)
        with self._changed:
            return bool(slots_taken := self._slots_taken(request)) and not self._is_worth_waiting(request, slots_taken)

    def held(self, kind: str) -> int:
        """How many slots of the kind are held."""
        with self._changed:
            return sum(each.kind == kind for each in self._held.values())

    def _take(self, key: object, request: _Held) -> bool:
        ends_s = time.monotonic() + self._wait_s
        with self._changed:
            while slots_taken := self._slots_taken(request):
                left_s = ends_s - time.monotonic()
                if left_s <= 0 or not self._is_worth_waiting(request, slots_taken):
                    return False
                self._changed.wait(min(left_s, LOOK_AGAIN_S))  # meanwhile calls that were quick may turn out slow
            self._held[key] = _Held(request.kind, request.business, request.side, time.monotonic())
        return True

    def _slots_taken(self, request: _Held) -> list[_Held]:
        """The calls of which one has to end first; none when there is a slot."""
        kind = self._kinds[request.kind]
        pool = [each for each in self._held.values() if self._kinds[each.kind].pool == kind.pool]
        own = [each for each in pool if each.business == request.business]
        same = [each for each in pool if each.kind == request.kind]
        own_same = [each for each in own if each.kind == request.kind]
        to_side = [each for each in own_same if each.side == request.side]
        free = self._pools[kind.pool] - len(pool)
        if free <= 0:
            return pool
        for held, most in (
            (own, SHARE * free),
            (same, kind.total),
            (own_same, kind.of_one_business),
            (to_side, kind.to_one_side),
        ):
            if most is not None and len(held) >= most:
                return held
        return []

    def _is_worth_waiting(self, request: _Held, slots_taken: list[_Held]) -> bool:
        slow_since_s = time.monotonic() - SLOW_S
        kind = self._kinds[request.kind]
        own = [each for each in slots_taken if each.business == request.business]
        own_slow = sum(each.since_s < slow_since_s for each in own)
        return kind.waits and 2 * own_slow <= len(own) and any(each.since_s >= slow_since_s for each in slots_taken)


# A buyer waits for the first two, in the pool of the front that serves payments and notices.
def standard(to_one_account: int, *, serves: bool = True) -> Bulkhead:
    """The bulkhead of a process in which an account is called `to_one_account` times at once at most. Those of one that
    `serves` are fewer than the threads that the front gives to paying and to everything else (app/front/limits.py): the
    rest is for who asks nobody, such as notices. A worker keeps no thread for requests, so its pools are wider."""
    pay, other = to_one_account, to_one_account * 4
    if serves:
        other = max(1, to_one_account * 3 // 4)
    pools = {"pay": pay, "other": other}
    kinds = {
        "create": Kind("pay", pay, to_one_side=to_one_account),
        "system": Kind("pay", max(1, pay // 2), max(1, pay // 3)),
        **{name: Kind("other", other, to_one_side=to_one_account) for name in QUIET},
        "try": Kind("other", max(1, to_one_account // 2), 2, 1, waits=False),
        "chat": Kind("other", max(1, to_one_account // 4), 1, 1, waits=False),
    }
    return Bulkhead(pools, kinds)


def no_business_slot(message: str) -> TooMany:
    """What to tell whoever has too many calls of their own under way."""
    return TooMany("rate_limited", message, details={"retry_after_s": RETRY_AFTER_S})


def no_payment_slot() -> Unavailable:
    """What to tell whoever wants to pay while the business's payment companies do not answer those before."""
    message = "The payment company is slow to answer just now. Nothing was begun; please try again in a moment."
    return Unavailable("unavailable", message, details={"retry_after_s": RETRY_AFTER_S})


_current = standard(8)


def use(bulkhead: Bulkhead) -> None:
    """Make this the bulkhead of this process."""
    global _current
    _current = bulkhead


def current() -> Bulkhead:
    """The bulkhead of this process."""
    return _current
