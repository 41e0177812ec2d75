"""What a refused notice leaves behind: its hash and first kilobyte while they are few, and beyond that a count only.

Limits and counts are kept in the process, so that a flood costs neither Redis nor the database anything: the count of a
channel account is written every ten seconds at most, and the last seconds before a quiet time with the next one.
"""

from __future__ import annotations

import hashlib
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from app.core import clock, db
from app.core.ids import new_id
from app.domain.payments.models import ChannelAccount
from app.domain.payments.refused import MAX_STORED_BYTES, RefusedNotice, RefusedNoticeCount
from app.workflow.payments import fetch_platform_keys

WINDOW_S = 3600.0
PER_ACCOUNT = 100  # kept in a window
SIGNED_PER_ACCOUNT = 200  # genuine ones that do not fit: nobody but the company, or the merchant, can send them
PER_ADDRESS = 60
MAX_ADDRESSES = 10_000  # known at once; a flood from more is known by its accounts
WRITE_EVERY_S = 10.0


@dataclass
class _Seen:
    """What happened at one channel account, or came from one address, in the present window."""

    began_s: float
    stored: int = 0
    signed: int = 0
    uncounted: int = 0
    written_s: float = field(default=-WRITE_EVERY_S)


class _Tally:
    """The refused notices of this process. Safe to use from many threads."""

    def __init__(self) -> None:
        self._accounts: dict[uuid.UUID, _Seen] = {}
        self._addresses: dict[str, _Seen] = {}
        self._lock = threading.Lock()

    def add(self, account_id: uuid.UUID, address: str, *, is_signed: bool) -> tuple[bool, int]:
        """Whether this one is kept, and how many are to be counted now, this one and earlier ones."""
        now_s = time.monotonic()
        with self._lock:
            account = _window(self._accounts, account_id, now_s)
            is_stored = self._take(account, address, now_s, is_signed=is_signed)
            account.uncounted += 1
            if not is_stored and now_s - account.written_s < WRITE_EVERY_S:
                return False, 0
            number, account.uncounted, account.written_s = account.uncounted, 0, now_s
            return is_stored, number

    def _take(self, account: _Seen, address: str, now_s: float, *, is_signed: bool) -> bool:
        if is_signed:
            account.signed += 1
            return account.signed <= SIGNED_PER_ACCOUNT
        if account.stored >= PER_ACCOUNT:
            return False
        if address not in self._addresses and len(self._addresses) >= MAX_ADDRESSES:
            self._addresses.clear()
        client = _window(self._addresses, address, now_s)
        if client.stored >= PER_ADDRESS:
            return False
        account.stored += 1
        client.stored += 1
        return True

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._accounts.clear()
            self._addresses.clear()


def _window(every: dict[Any, _Seen], name: Any, now_s: float) -> _Seen:
    seen = every.get(name)
    if seen is None:
        seen = every[name] = _Seen(now_s)
    elif now_s - seen.began_s > WINDOW_S:
        seen.began_s, seen.stored, seen.signed = now_s, 0, 0
    return seen


tally = _Tally()


def record_refused_notice(
    account: ChannelAccount, body: bytes, *, reason: str, address: str, is_signed: bool = False, wants_key: bool = False
) -> None:
    """Note that a notice was refused. `address` is the network it came from; `is_signed` says that its signature was
    right, `wants_key` that it may be, for all we know."""
    is_stored, number = tally.add(account.id, address, is_signed=is_signed)
    wants_key = wants_key and not fetch_platform_keys.is_requested(account)
    if not number and not wants_key:
        return
    with db.phase("accept_notice.refuse", account.business_id):
        if is_stored:
            db.add(
                RefusedNotice,
                channel_account_id=account.id,
                reason=reason,
                address=address,
                body_sha256=hashlib.sha256(body).digest(),
                body_bytes=len(body),
                beginning=body[:MAX_STORED_BYTES],
            )
        if number:
            _count(account.id, number, stored=int(is_stored))
        if wants_key:
            fetch_platform_keys.request_keys(account)  # a later try of theirs finds it


def _count(account_id: uuid.UUID, number: int, *, stored: int) -> None:
    hour = clock.actual().replace(minute=0, second=0, microsecond=0)
    row = db.new_row(
        RefusedNoticeCount, id=new_id(), channel_account_id=account_id, hour=hour, number=number, stored=stored
    )
    counts = db.table(RefusedNoticeCount).c
    more = {"number": counts.number + number, "stored": counts.stored + stored}
    db.run(row.on_conflict_do_update(constraint="uq_refused_notice_counts_hour", set_=more))
