"""What a channel account took in one day, for its daily limit: counters beside the attempts.

An attempt at an account with a daily limit is counted in the phase that writes it, and no more in the one in which it
fails or is cancelled. Its `limit_day` says on which day it is counted: the day in the business's zone when it began.
So a business may change its zone or its limits, and a day's counters stay the sum of the attempts that name it (I11f).

A day has SHARDS counters per account and currency, so that payments at the same moment seldom wait for each other.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Date, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core import db, ids
from app.core.db import Base
from app.core.db.guards import BusinessRows
from app.core.db.models import Tenant, tenant_key
from app.core.money import Money

SHARDS = 8
# A payment that did not know of a new limit has begun by then.
_MARGIN = timedelta(minutes=5)


class ChannelDayTotal(Tenant, Base):
    """A part of what the attempts of a day took at an account in one currency, or may still take."""

    __tablename__ = "channel_day_totals"
    guard = BusinessRows(audit=None, prunable=True)
    __table_args__ = (
        tenant_key("channel_accounts", "channel_account_id"),
        Index("ix_channel_day_totals_account", "business_id", "channel_account_id", "currency", "day"),
        Index("ix_channel_day_totals_day", "day"),
    )

    channel_account_id: Mapped[uuid.UUID]
    currency: Mapped[str]
    day: Mapped[date] = mapped_column(Date)
    shard: Mapped[int] = mapped_column(Integer)
    taken_minor: Mapped[int]


def count(account_id: uuid.UUID, attempt_id: uuid.UUID, amount: Money, day: date, *, sign: Literal[1, -1] = 1) -> None:
    """Count an attempt of the open phase on its day; with -1, no more."""
    shard = attempt_id.int % SHARDS
    db.count(
        ChannelDayTotal,
        "taken_minor",
        id=ids.named(account_id, f"{amount.currency} {day} {shard}"),
        channel_account_id=account_id,
        currency=amount.currency,
        day=day,
        shard=shard,
        taken_minor=sign * amount.minor,
    )


def complete_from(moment: datetime, zone: str) -> date:
    """The first day whose counters hold every attempt, when an account gets a daily limit at this moment."""
    return (moment + _MARGIN).astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
