"""A channel account ready for use: the channel's class and its settings with the secrets opened."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Date, DateTime, bindparam, cast, func, select

from app.core import clock, db
from app.core.security import crypto
from app.domain.accounts.business.models import Business
from app.domain.payments import rules
from app.domain.payments import service as payments
from app.domain.payments.channels import registry
from app.domain.payments.channels.types import Channel, Settings
from app.domain.payments.errors import NoChannel
from app.domain.payments.models import ChannelAccount, ChannelTerms, PaymentAttempt
from app.domain.payments.routing_rows import LimitedAccount
from app.domain.payments.states import AttemptStatus
from app.workflow.guarded_channel import guarded

_LIMIT_DAY = (
    select(cast(func.timezone(Business.time_zone, bindparam("moment", type_=DateTime(timezone=True))), Date))
    .join(ChannelTerms, ChannelTerms.business_id == Business.id)
    .where(
        ChannelTerms.channel_account_id == ChannelAccount.id,
        ChannelTerms.currency == bindparam("currency"),
        ChannelTerms.daily_minor.is_not(None),
        Business.id == ChannelAccount.business_id,
    )
    .correlate(ChannelAccount)
    .scalar_subquery()
)
_WALLET = db.select_as(
    LimitedAccount,
    select(db.table(ChannelAccount), _LIMIT_DAY.label("limit_day"))
    .where(ChannelAccount.business_id == bindparam("business"), ChannelAccount.channel == "wallet")
    .order_by(ChannelAccount.enabled.desc(), ChannelAccount.id)
    .limit(1),
)


@dataclass(frozen=True)
class OpenAccount:
    """A channel account as a caller of the company needs it."""

    id: uuid.UUID
    channel: Channel
    settings: Settings


def encryption_context(account_id: uuid.UUID, field: str) -> str:
    """What an encrypted channel setting is bound to."""
    return f"channel_accounts/{account_id}/{field}"


def opened(account: ChannelAccount) -> OpenAccount:
    """The account with its secrets opened, the keys that its company gave out, and its channel guarded."""
    channel = registry.channel(account.channel)
    secret = {field.name for field in channel.settings_schema if field.kind == "secret"}
    settings = {
        name: crypto.decrypt(value, context=encryption_context(account.id, name)) if name in secret and value else value
        for name, value in account.settings.items()
    }
    behind = guarded(channel, business_id=account.business_id, account_id=account.id)
    return OpenAccount(account.id, behind, {**account.platform_keys, **settings})


def first_poll(channel: str, kind: str) -> datetime:
    """When to ask the channel's company for the first time about an attempt that begins now."""
    return rules.next_poll(
        registry.capabilities(channel), kind, status=AttemptStatus.READY, poll_count=0, moment=clock.now()
    )


def pay_until(account: OpenAccount, until: datetime, placed_at: datetime, moment: datetime) -> datetime:
    """How long an order placed at `placed_at` waits that is to be paid here and otherwise waits `until`. Choosing again
    lets it wait anew for as long as the account lets orders wait, once: stock cannot be held for ever."""
    setting = account.channel.capabilities.days_setting
    days = int(account.settings.get(setting) or 0) if setting else 0
    return max(until, min(moment, placed_at + timedelta(days=days)) + timedelta(days=days))


def wallet_account(*, must_be_enabled: bool = True, currency: str | None = None) -> LimitedAccount:
    """The business's wallet account, with the day on which an attempt in `currency` counts there. What was promised
    while it was switched on is kept when it is not any more.

    Raises:
        NoChannel: this business keeps no wallets.
    """
    account = db.first(_WALLET, business=db.here(), currency=currency, moment=clock.now())
    if account is None or (must_be_enabled and not account.enabled):
        raise NoChannel("channel_unavailable", "This business does not use wallets.")
    return account


def of_attempt(attempt: PaymentAttempt) -> OpenAccount:
    """The account an attempt was made at, in the open transaction."""
    account = payments.account(attempt.channel_account_id)
    assert account is not None  # the foreign key holds it
    return opened(account)
