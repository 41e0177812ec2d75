"""The account at which a payment company's notice arrives."""

from __future__ import annotations

import time
import uuid

from sqlalchemy import bindparam, select

from app.core import db
from app.core.errors import NotFound
from app.domain.payments.models import ChannelAccount

KNOWN_S = 1.0
MAX_KNOWN = 10_000
_known: dict[tuple[str, uuid.UUID], tuple[ChannelAccount, float]] = {}

accounts = db.table(ChannelAccount)
_ACCOUNT = db.prepared(
    select(accounts).where(accounts.c.id == bindparam("account"), accounts.c.channel == bindparam("channel"))
)


def remembered(channel: str, account_id: uuid.UUID) -> ChannelAccount | None:
    """The account as this process read it within KNOWN_S: good enough to believe a notice by, which is spared a
    transaction of its own then. That long a secret that was changed may still prove one in other processes. It is not
    good enough to refuse a notice by."""
    account, until_s = _known.get((channel, account_id), (None, 0.0))
    return account if until_s > time.monotonic() else None


def read(channel: str, account_id: uuid.UUID) -> ChannelAccount:
    """The account as it is now.

    Raises:
        NotFound: there is no such channel account.
    """
    account = db.system_first(_ACCOUNT, account=account_id, channel=channel)
    if account is None:
        raise NotFound("not_found", "There is no such channel account.")
    if len(_known) >= MAX_KNOWN:
        _known.clear()
    _known[channel, account_id] = account, time.monotonic() + KNOWN_S
    return account


def forget() -> None:
    """Read every account again: one was changed."""
    _known.clear()
