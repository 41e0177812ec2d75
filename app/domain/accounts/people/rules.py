"""How long a sign-in holds, and how long a proof given in it."""

from __future__ import annotations

from datetime import datetime, timedelta

# NIST SP 800-63B-4, 2.2.3: no longer than a day, and an hour without a request.
LASTS = timedelta(hours=12)
PASSWORD_LINK_LASTS = timedelta(hours=1)
# After which a sensitive action takes a new proof; for refunds, which support makes all day, twice a day is enough.
REAUTHENTICATION_LASTS = timedelta(minutes=15)
REFUND_REAUTHENTICATION_LASTS = timedelta(hours=4)
IDLE = timedelta(hours=1)
# When a session was last used is written down no more often than this.
SEEN_EVERY = timedelta(minutes=1)
# How long a page may wait for a passkey.
CHALLENGE_LASTS = timedelta(hours=1)
MAX_PASSKEYS = 20
AGENT_LENGTH = 300


def is_over(*, began_at: datetime, seen_at: datetime, moment: datetime) -> bool:
    """Whether a session has expired: it began `LASTS` ago, or was not used for `IDLE`."""
    return moment >= began_at + LASTS or moment >= seen_at + IDLE
