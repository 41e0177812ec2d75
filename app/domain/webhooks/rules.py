"""When a delivery is tried, and when an endpoint is given up."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# Ten tries over three days, as the Standard Webhooks specification proposes: the pause after each.
RETRY_PAUSES_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
MAX_ATTEMPTS = len(RETRY_PAUSES_S) + 1
# An endpoint that did nothing but fail for so long is paused; what it did not take stays in its queue.
ABANDON_AFTER = timedelta(days=3)
# So many failures one after another are put before people.
TROUBLE = 3
MAX_SECRET_OVERLAP = timedelta(days=7)  # so long at most a secret that was rolled still signs
MAX_HELD = timedelta(days=1)
# Events can be sent again for so long.
RETENTION = timedelta(days=30)


def next_attempt_at(attempt_count: int, now: datetime) -> datetime | None:
    """When a delivery that was tried so often is due again: by RETRY_PAUSES_S, up to a tenth later so that those that
    failed together do not come back together; None when it has had its tries."""
    if attempt_count >= MAX_ATTEMPTS:
        return None
    pause_s = RETRY_PAUSES_S[attempt_count - 1]
    return now + timedelta(milliseconds=pause_s * 1000 + secrets.randbelow(pause_s * 100))


def deferred_until(retry_after: str, now: datetime) -> datetime | None:
    """Until when Retry-After (seconds or a date, RFC 9110 §10.2.3) wants to be left alone, a day at most; None when it
    says nothing usable."""
    if retry_after.isascii() and retry_after.isdecimal() and len(retry_after) <= 9:
        return now + min(timedelta(seconds=int(retry_after)), MAX_HELD)
    try:
        moment = parsedate_to_datetime(retry_after)
    except (ValueError, OverflowError):
        return None
    until = moment.replace(tzinfo=moment.tzinfo or UTC)
    return min(until, now + MAX_HELD) if until > now else None


def is_abandoned(failing_since: datetime | None, now: datetime) -> bool:
    """Whether the endpoint has failed for too long to be tried further."""
    return failing_since is not None and now - failing_since >= ABANDON_AFTER
