"""Fetching companies' keys: in a job, once for an account however many ask for it, with growing pauses while nothing
new comes of it. A notice that names an unknown key is refused and only leaves the request; companies tell again."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import func, or_, select, update

from app.core import clock, db
from app.domain.payments import service as payments
from app.domain.payments.channels import registry
from app.domain.payments.channels.platform_keys import FetchesKeys
from app.domain.payments.models import ChannelAccount
from app.workflow.guarded_channel import GuardedChannel
from app.workflow.steps.operations import due
from app.workflow.steps.payments import channel_access

BATCH = 100
LEASE = timedelta(minutes=2)
MIN_PAUSE, MAX_PAUSE = timedelta(minutes=1), timedelta(minutes=30)
accounts = db.table(ChannelAccount)


def request_keys(account: ChannelAccount) -> None:
    """In the open phase: have the account's keys fetched soon. Who is not the first changes nothing."""
    if is_requested(account):
        return
    moment = clock.actual()
    at = max(moment, account.keys_not_before or moment)
    conditions = accounts.c.business_id == db.here(), accounts.c.id == account.id
    is_later = or_(accounts.c.keys_due_at.is_(None), accounts.c.keys_due_at > at)
    db.run(update(ChannelAccount).where(*conditions, is_later).values(keys_due_at=at))


def is_requested(account: ChannelAccount) -> bool:
    """Whether the account's keys will be fetched as soon as they may be."""
    moment = clock.actual()
    return account.keys_due_at is not None and account.keys_due_at <= max(moment, account.keys_not_before or moment)


def fetch_due() -> int:
    """Fetch the keys of every account whose time has come; for how many something new came. A company that hangs holds
    up nobody else. Safe to run twice at once."""
    return due.process_by_partition(_due, fetch_keys)


def fetch_keys(business_id: uuid.UUID, account_id: uuid.UUID) -> bool:
    """Fetch the account's keys if it is time to; whether anything new came."""
    claimed = _claim(business_id, account_id)
    if claimed is None:
        return False
    account, channel = channel_access.opened(claimed), registry.channel(claimed.channel)
    assert isinstance(account.channel, GuardedChannel)
    has_new_keys = isinstance(channel, FetchesKeys) and account.channel.fetch_keys(account.settings)
    with db.phase("fetch_platform_keys.record", business_id):
        tries = 0 if has_new_keys else claimed.keys_attempts + 1
        moment = clock.actual()
        keeps_any = db.scalar(select(accounts.c.platform_keys != {}).where(_is(account_id)))
        values = {
            "keys_attempts": tries,
            "keys_not_before": moment + _pause(tries),
            "keys_due_at": moment + payments.KEYS_EVERY if keeps_any else None,
        }
        db.run(update(ChannelAccount).where(_is(account_id)).values(**values))
    return has_new_keys


def _claim(business_id: uuid.UUID, account_id: uuid.UUID) -> ChannelAccount | None:
    """The account, which nobody else asks for within the lease; of a process that dies it is due again after it."""
    with db.phase("fetch_platform_keys.claim", business_id):
        row = db.first(
            select(accounts)
            .where(_is(account_id), accounts.c.keys_due_at <= clock.actual())
            .with_for_update(skip_locked=True, key_share=True)
        )
        if row is None or row.channel not in registry.CHANNELS:
            return None
        until = clock.actual() + LEASE
        db.run(update(ChannelAccount).where(_is(account_id)).values(keys_due_at=until, keys_not_before=until))
        return row


def _is(account_id: uuid.UUID) -> Any:
    return (accounts.c.business_id == db.here()) & (accounts.c.id == account_id)


def _pause(tries: int) -> timedelta:
    pause: timedelta = min(MAX_PAUSE, MIN_PAUSE * 2 ** min(tries, 10))
    return pause


def _due(busy: due.Busy) -> list[tuple[due.Partition, due.DueItem]]:
    """By chance among those that are due, so that none of them is always the last."""
    with db.system_reading():
        rows = db.rows(
            select(accounts.c.business_id, accounts.c.id)
            .where(accounts.c.keys_due_at <= clock.actual(), accounts.c.business_id.not_in(busy.partitions))
            .order_by(func.random())
            .limit(BATCH)
        )
        return [(row.business_id, (row.business_id, row.id)) for row in rows]
