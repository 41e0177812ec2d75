"""What people want of alerts: which are mailed to them, how far they have read, and the chats they are put into."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NotRequired, TypedDict, Unpack
from urllib.parse import urlsplit

from sqlalchemy import delete, func, select, update

from app.core import clock, db
from app.core.errors import Conflict, Invalid, NotFound
from app.core.http import merchant_call
from app.core.ids import first_at, new_id
from app.core.limits import bulkhead
from app.core.money import exponent
from app.core.security import crypto
from app.domain.accounts.business.models import Business
from app.domain.notifications.alerts.models import AlertChat, AlertPreference
from app.domain.notifications.alerts.texts import AlertText
from app.domain.notifications.alerts.types import FORMATS, KINDS
from app.workflow.notifications.send_alerts import encryption_context
from app.workflow.notifications.send_alerts import send as send_now

MAX_CHATS = 10
MAX_CURRENCIES = 20
chats = db.table(AlertChat)


@dataclass(frozen=True)
class AlertChatCommand:
    """A chat as somebody wants it. `key` is the secret that Feishu and DingTalk check messages with, if any."""

    name: str
    format: str
    url: str
    kinds: Sequence[str]
    key: str = ""


def choose_mailed(business_id: uuid.UUID, user_id: uuid.UUID, kinds: Sequence[str] | None) -> None:
    """Mail these kinds to the person, of this business; None: those that their role cares for.

    Raises:
        Invalid: there is no such kind.
    """
    _check_kinds(kinds or ())
    _store(business_id, user_id, mailed=None if kinds is None else sorted(set(kinds)))


def read_through(business_id: uuid.UUID, user_id: uuid.UUID, alert_id: uuid.UUID) -> None:
    """The person has seen this alert and those before it."""
    _store(business_id, user_id, seen_id=alert_id)


class _Preference(TypedDict, total=False):
    mailed: list[str] | None
    seen_id: uuid.UUID | None
    mailed_id: uuid.UUID | None
    mailed_at: datetime | None


def _store(business_id: uuid.UUID, user_id: uuid.UUID, **values: Unpack[_Preference]) -> None:
    fresh: _Preference = {"mailed": None, "seen_id": None, "mailed_id": None, "mailed_at": None, **values}
    with db.phase("manage_alerts.choose", business_id):
        made = db.new_row(AlertPreference, user_id=user_id, **fresh)
        db.write(made.on_conflict_do_update(index_elements=["business_id", "user_id"], set_=values))


def add_chat(business_id: uuid.UUID, command: AlertChatCommand, *, chat_id: uuid.UUID | None = None) -> uuid.UUID:
    """Put alerts into a chat from now on; its id. The same `chat_id` again makes nothing new.

    Raises:
        Invalid: no such format or kind, or no address that we may call. Conflict: there are too many.
    """
    _check_kinds(command.kinds)
    if command.format not in FORMATS:
        raise Invalid("invalid_format", f"The chat format must be one of {', '.join(FORMATS)}.")
    merchant_call.check_url(command.url)
    chat_id, moment = chat_id or new_id(), clock.actual()
    ciphertext = {"url": crypto.encrypt(command.url, context=encryption_context(chat_id, "url"))}
    if command.key:
        ciphertext["key"] = crypto.encrypt(command.key, context=encryption_context(chat_id, "key"))
    with db.phase("manage_alerts.add_chat", business_id):
        if db.scalar(select(chats.c.id).where(chats.c.business_id == business_id, chats.c.id == chat_id)) is not None:
            return chat_id
        if db.scalar(select(func.count()).where(chats.c.business_id == business_id)) >= MAX_CHATS:
            raise Conflict("too_many_chats", f"You can have at most {MAX_CHATS} chats. Remove one first.")
        db.add(
            AlertChat,
            id=chat_id,
            name=command.name[:100] or FORMATS[command.format],
            format=command.format,
            hint=f"{urlsplit(command.url).hostname}/…{command.url[-4:]}",
            secrets=ciphertext,
            kinds=sorted(set(command.kinds)),
            notified_id=first_at(moment),
            next_attempt_at=moment,
            error=None,
            notified_at=None,
        )
    return chat_id


class _ChatColumns(TypedDict):
    enabled: bool
    failures: int
    error: str | None
    next_attempt_at: datetime
    notified_id: NotRequired[uuid.UUID]


def switch_chat(business_id: uuid.UUID, chat_id: uuid.UUID, *, enabled: bool) -> None:
    """Put alerts into the chat again from now on, or no longer.

    Raises:
        NotFound: there is no such chat.
    """
    moment = clock.actual()
    with db.phase("manage_alerts.switch_chat", business_id):
        values: _ChatColumns = {"enabled": enabled, "failures": 0, "error": None, "next_attempt_at": moment}
        if enabled:
            values["notified_id"] = first_at(moment)
        change = db.change(AlertChat, chat_id, **values)
        db.write(change, expect=1, otherwise=_missing())


def remove_chat(business_id: uuid.UUID, chat_id: uuid.UUID) -> None:
    """Put nothing into the chat any more, and forget its address.

    Raises:
        NotFound: there is no such chat.
    """
    with db.phase("manage_alerts.remove_chat", business_id):
        if not db.run(delete(AlertChat).where(chats.c.business_id == business_id, chats.c.id == chat_id)):
            raise _missing()


def try_chat(business_id: uuid.UUID, chat_id: uuid.UUID) -> str | None:
    """Put a message into the chat to see whether it comes; why it did not, or None.

    Raises:
        NotFound: there is no such chat. TooMany: others are being tried.
    """
    with db.reading(business_id):
        chat = db.first(select(chats).where(chats.c.business_id == business_id, chats.c.id == chat_id))
        business = db.first(select(Business.name).where(Business.id == business_id))
    if chat is None or business is None:
        raise _missing()
    text = AlertText("This is a test", "Alerts will look like this.", "/portal/alerts")
    with bulkhead.current().slot("chat", business_id, chat_id) as has_slot:
        if not has_slot:
            raise bulkhead.no_business_slot("Another chat test is running. Wait for its result, then try again.")
        return send_now(chat, business.name, [text])


def set_large_refunds(business_id: uuid.UUID, amounts: Mapping[str, int]) -> None:
    """Raise an alert for refunds from these amounts on: currency → minor units.

    Raises:
        Invalid: no such currency, not more than nothing, or too many of them.
    """
    if len(amounts) > MAX_CURRENCIES or any(minor <= 0 for minor in amounts.values()):
        raise Invalid("invalid_limit", f"Enter amounts greater than zero for at most {MAX_CURRENCIES} currencies.")
    for currency in amounts:
        exponent(currency)
    with db.system_phase("manage_alerts.set_large_refunds"):
        db.write(update(Business).where(Business.id == business_id).values(large_refunds=dict(amounts)), expect=1)


def _check_kinds(kinds: Sequence[str]) -> None:
    unknown = sorted(set(kinds) - KINDS.keys())
    if unknown:
        raise Invalid("unknown_alert_kind", f"There is no alert called {unknown[0][:40]!r}.")


def _missing() -> NotFound:
    return NotFound("not_found", "There is no such chat.")
