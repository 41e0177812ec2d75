"""The business's channel accounts, secrets left out."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.core import db
from app.core.paging import After, newest_first
from app.domain.payments.channels import registry
from app.domain.payments.models import ChannelAccount

AccountRow = ChannelAccount  # for those who show one
MAX_ROWS = 100


def list_accounts(business_id: uuid.UUID) -> tuple[ChannelAccount, ...]:
    """Channel accounts by priority; settings are encrypted where they are secret."""
    table = db.table(ChannelAccount)
    query = select(table).where(table.c.business_id == business_id).order_by(table.c.priority, table.c.id)
    with db.reading(business_id):
        return tuple(db.rows(query.limit(MAX_ROWS)))


def page_of_accounts(business_id: uuid.UUID, *, after: After, limit: int) -> list[ChannelAccount]:
    """Channel accounts, newest first, one more than `limit`; settings are encrypted where they are secret."""
    table = db.table(ChannelAccount)
    query = select(table).where(table.c.business_id == business_id)
    with db.reading(business_id):
        return list(db.rows(newest_first(query, table, after, limit)))


def payable_channels(business_id: uuid.UUID) -> tuple[tuple[str, str], ...]:
    """The channels that the business has accounts at, as (name, title), in the order of its accounts."""
    names = dict.fromkeys(row.channel for row in list_accounts(business_id))
    return tuple((name, registry.CHANNELS[name].title) for name in names if name in registry.CHANNELS)


def account(business_id: uuid.UUID, account_id: uuid.UUID) -> ChannelAccount:
    """One channel account.

    Raises:
        NotFound: the business has no such account.
    """
    with db.reading(business_id):
        return db.get(ChannelAccount, account_id)


def as_filled(account: ChannelAccount) -> Mapping[str, Any]:
    """The account's columns by name, as forms are filled."""
    return db.by_name(account)
