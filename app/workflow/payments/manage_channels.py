"""Channel accounts: added, changed, switched; secrets are encrypted and never shown again."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TypedDict

from sqlalchemy import func, select

from app.core import db, settings
from app.core.errors import AppError, Conflict, Invalid
from app.core.ids import new_id
from app.core.log import get_logger
from app.core.security import crypto
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.resources import Resource
from app.domain.payments.channels import hosts, registry
from app.domain.payments.channels.types import Channel
from app.domain.payments.models import ChannelAccount
from app.lib.some import some
from app.workflow.steps.accounts.check_room import check_room
from app.workflow.steps.payments import notified_account, request_channel_change, tell_simulator
from app.workflow.steps.payments.channel_access import encryption_context


def available_channels() -> tuple[Channel, ...]:
    """Every channel this installation knows, by title."""
    return tuple(sorted(registry.CHANNELS.values(), key=lambda channel: channel.title))


def add_channel_account(
    business_id: uuid.UUID,
    *,
    channel: str,
    name: str,
    values: Mapping[str, str],
    enabled: bool = True,
    priority: int = 100,
    actor: str = "system",
    account_id: uuid.UUID | None = None,
    request_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """A new account at a channel with these settings; its id. The same `account_id` again makes nothing new, and the
    same `request_id` asks nobody anew.

    Raises:
        ApprovalNeeded: where this takes two people, and `actor` is one. ApprovalRefused: they said no to it.
        Invalid: no such channel, a setting is missing or wrong, or a test channel on a live business.
        Conflict: the channel has an account of this name, or the business has chosen to have no more. LimitReached: it
            may have no more.
    """
    account_id = account_id or new_id()
    held_back: AppError | None = None
    with db.phase("manage_channels.add", business_id):
        if _is_there(business_id, account_id):
            return account_id
        _check_count(business_id)
        check_room(Resource.CHANNEL_ACCOUNTS)
        mode = _mode(business_id)
        if registry.channel(channel).capabilities.test_only and mode != "test":
            raise Invalid("test_channel_on_live", "This channel is for test businesses only.")
        settings = checked(channel, values, account_id, known={}, mode=mode)
        about: _About = {"name": name, "enabled": enabled, "priority": priority}
        before = request_channel_change.requested_before(request_id)
        if before is not None:
            held_back = request_channel_change.ended(before)
        elif request_channel_change.takes_two(actor):
            held_back = request_channel_change.ask(
                channel, account_id, values=values, known=None, actor=actor, request_id=request_id, **about
            )
        else:
            added = db.new_row(ChannelAccount, id=account_id, channel=channel, settings=settings, **about)
            db.write(added.on_conflict_do_nothing(), expect=1, otherwise=_name_taken())
    if held_back is not None:
        raise held_back
    _introduce(channel, name, values)
    return account_id


def _introduce(channel: str, name: str, values: Mapping[str, str]) -> None:
    """The simulator of this installation gets to know a merchant that somebody has named by hand; one that it knows
    keeps its key."""
    is_ours = channel == tell_simulator.CHANNEL and not values.get("base_url") and settings.current().simulator_url
    merchant_id, api_key = values.get("merchant_id", ""), values.get("api_key", "")
    if not is_ours or not merchant_id or not api_key:
        return
    merchant = {"merchant_id": merchant_id, "api_key": api_key, "name": name, "only_new": True}
    try:
        tell_simulator.tell("merchants", merchant)
    except AppError as error:  # Test connection says so, and saving the account again tells it again
        get_logger().warning("simulator_not_told", merchant_id=merchant_id, error=error.message)


class _About(TypedDict):
    name: str
    enabled: bool
    priority: int


def change_channel_account(
    business_id: uuid.UUID,
    account_id: uuid.UUID,
    *,
    name: str | None = None,
    values: Mapping[str, str],
    enabled: bool | None = None,
    priority: int | None = None,
    actor: str = "system",
    request_id: uuid.UUID | None = None,
) -> None:
    """Change an account. What is None, a setting that is not among `values` and a secret left empty stay as they are.
    The same `request_id` again asks nobody anew.

    Raises:
        ApprovalNeeded: where changing its settings takes two people, and `actor` is one. ApprovalRefused: they said no
            to it. NotFound: no such account. Invalid: a setting is missing or wrong. Conflict: the name is taken.
    """
    held_back: AppError | None = None
    with db.phase("manage_channels.change", business_id):
        known = db.lock(ChannelAccount, account_id)
        about: _About = {
            "name": known.name if name is None else name,
            "enabled": known.enabled if enabled is None else enabled,
            "priority": known.priority if priority is None else priority,
        }
        same_name = select(ChannelAccount.id).where(
            ChannelAccount.business_id == business_id,
            ChannelAccount.channel == known.channel,
            ChannelAccount.name == about["name"],
            ChannelAccount.id != account_id,
        )
        if db.scalar(same_name) is not None:
            raise _name_taken()
        values = {**open_settings(known.channel, known.settings), **values}
        settings = checked(known.channel, values, account_id, known=known.settings, mode=_mode(business_id))
        before = request_channel_change.requested_before(request_id)
        if before is not None:
            held_back = request_channel_change.ended(before)
        elif request_channel_change.takes_two(actor):
            held_back = request_channel_change.ask(
                known.channel,
                account_id,
                values=values,
                known=known.settings,
                actor=actor,
                request_id=request_id,
                **about,
            )
        if held_back is None and before is None:
            connected_at = known.connected_at if settings == known.settings else None
            change = db.change(ChannelAccount, account_id, settings=settings, connected_at=connected_at, **about)
            db.write(change, expect=1)
    notified_account.forget()  # what a secret proved until now, it proves no more
    if held_back is not None:
        raise held_back
    _introduce(known.channel, about["name"], values)


def checked(
    channel: str, values: Mapping[str, str], account_id: uuid.UUID, *, known: Mapping[str, str], mode: str
) -> dict[str, str]:
    """The settings as they are stored, checked against the channel's schema and the business's mode, secrets encrypted.

    Raises:
        Invalid: `details` maps each wrong setting to what is wrong.
    """
    wrong: dict[str, str] = {}
    stored: dict[str, str] = {}
    for field in registry.channel(channel).settings_schema:
        value = values.get(field.name, "").strip()
        if field.kind == "secret" and not value and known.get(field.name):
            stored[field.name] = known[field.name]
            continue
        if field.required and not value:
            wrong[field.name] = "This field is required."
        elif field.kind == "select" and value and value not in {choice for choice, _ in field.choices}:
            wrong[field.name] = "Choose a value from the list."
        elif value and field.modes and mode not in {of for start, of in field.modes if value.startswith(start)}:
            starts = " or ".join(f"{start}…" for start, of in field.modes if of == mode)
            wrong[field.name] = f"A {mode} business accepts only {starts}."
        if field.kind == "secret" and value:
            value = crypto.encrypt(value, context=encryption_context(account_id, field.name))
        stored[field.name] = value
    wrong = hosts.why_not(registry.channel(channel), mode, stored) | wrong
    if wrong:
        raise Invalid("invalid_settings", "Some settings are invalid.", details=dict(wrong))
    return stored


def _is_there(business_id: uuid.UUID, account_id: uuid.UUID) -> bool:
    conditions = ChannelAccount.business_id == business_id, ChannelAccount.id == account_id
    return db.scalar(select(ChannelAccount.id).where(*conditions)) is not None


def open_settings(channel: str, settings: Mapping[str, str]) -> dict[str, str]:
    """Those that are no secrets."""
    return {
        field.name: settings.get(field.name, "")
        for field in registry.channel(channel).settings_schema
        if field.kind != "secret"
    }


def _check_count(business_id: uuid.UUID) -> None:
    accounts = db.table(ChannelAccount)
    most = int(some(db.scalar(select(Business.max_channel_accounts).where(Business.id == business_id))))
    if db.scalar(select(func.count()).where(accounts.c.business_id == db.here())) >= most:
        raise Conflict("too_many_channel_accounts", f"This business can have at most {most} channel accounts.")


def _mode(business_id: uuid.UUID) -> str:
    mode = db.scalar(select(Business.mode).where(Business.id == business_id))
    assert mode is not None
    return str(mode)


def _name_taken() -> Conflict:
    return Conflict("name_taken", "Another account of this channel already has this name.")
