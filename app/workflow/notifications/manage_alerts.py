"""What people want of alerts: which are mailed to them, how far they have read, and the chats they are put into."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
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
from app.domain.notifications.alerts.models import AlertChoice, AlertHook
from app.domain.notifications.alerts.types import FORMATS, KINDS
from app.domain.notifications.alerts.words import Words
from app.workflow.notifications.tell_alerts import encryption_context
from app.workflow.notifications.tell_alerts import send as send_now

MAX_HOOKS = 10
MAX_CURRENCIES = 20
hooks = db.table(AlertHook)


@dataclass(frozen=True)
class HookWish:
    """A chat as somebody wants it. `key` is the secret that Feishu and DingTalk check messages with, if any."""

    name: str
    format: str
    url: str
    kinds: Sequence[str]
    key: str = ""


def choose_mailed(business_id: uuid.UUID, person_id: uuid.UUID, kinds: Sequence[str] | None) -> None:
    """Mail these kinds to the person, of this business; None: those that their role cares for.

    Raises:
        Invalid: there is no such kind.
    """
    _check_kinds(kinds or ())
    _keep(business_id, person_id, mailed=None if kinds is None else sorted(set(kinds)))


def read_through(business_id: uuid.UUID, person_id: uuid.UUID, alert_id: uuid.UUID) -> None:
    """The person has seen this alert and those before it."""
    _keep(business_id, person_id, seen_id=alert_id)


def _keep(business_id: uuid.UUID, person_id: uuid.UUID, **values: Any) -> None:
    fresh = {"mailed": None, "seen_id": None, "mailed_id": None, "mailed_at": None, **values}
    with db.phase("manage_alerts.choose", business_id):
        made = db.new_row(AlertChoice, person_id=person_id, **fresh)
        db.write(made.on_conflict_do_update(index_elements=["business_id", "person_id"], set_=values))


def add_hook(business_id: uuid.UUID, wish: HookWish, *, hook_id: uuid.UUID | None = None) -> uuid.UUID:
    """Put alerts into a chat from now on; its id. The same `hook_id` again makes nothing new.

    Raises:
        Invalid: no such format or kind, or no address that we may call. Conflict: there are too many.
    """
    _check_kinds(wish.kinds)
    if wish.format not in FORMATS:
        raise Invalid("invalid_format", f"The chat format must be one of {', '.join(FORMATS)}.")
    merchant_call.check_url(wish.url)
    hook_id, moment = hook_id or new_id(), clock.now()
    ciphertext = {"url": crypto.encrypt(wish.url, context=encryption_context(hook_id, "url"))}
    if wish.key:
        ciphertext["key"] = crypto.encrypt(wish.key, context=encryption_context(hook_id, "key"))
    with db.phase("manage_alerts.add_hook", business_id):
        if db.scalar(select(hooks.c.id).where(hooks.c.business_id == business_id, hooks.c.id == hook_id)) is not None:
            return hook_id
        if db.scalar(select(func.count()).where(hooks.c.business_id == business_id)) >= MAX_HOOKS:
            raise Conflict("too_many_hooks", f"You can have at most {MAX_HOOKS} chats. Remove one first.")
        db.add(
            AlertHook,
            id=hook_id,
            name=wish.name[:100] or FORMATS[wish.format],
            format=wish.format,
            hint=f"{urlsplit(wish.url).hostname}/…{wish.url[-4:]}",
            secrets=ciphertext,
            kinds=sorted(set(wish.kinds)),
            told_id=first_at(moment),
            next_try_at=moment,
            error=None,
            told_at=None,
        )
    return hook_id


def switch_hook(business_id: uuid.UUID, hook_id: uuid.UUID, *, enabled: bool) -> None:
    """Put alerts into the chat again from now on, or no longer.

    Raises:
        NotFound: there is no such chat.
    """
    moment = clock.now()
    with db.phase("manage_alerts.switch_hook", business_id):
        values: dict[str, Any] = {"enabled": enabled, "failures": 0, "error": None, "next_try_at": moment}
        if enabled:
            values["told_id"] = first_at(moment)
        change = db.change(AlertHook, hook_id, **values)
        db.write(change, expect=1, otherwise=_missing())


def remove_hook(business_id: uuid.UUID, hook_id: uuid.UUID) -> None:
    """Put nothing into the chat any more, and forget its address.

    Raises:
        NotFound: there is no such chat.
    """
    with db.phase("manage_alerts.remove_hook", business_id):
        if not db.run(delete(AlertHook).where(hooks.c.business_id == business_id, hooks.c.id == hook_id)):
            raise _missing()


def try_hook(business_id: uuid.UUID, hook_id: uuid.UUID) -> str | None:
    """Put a message into the chat to see whether it comes; why it did not, or None.

    Raises:
        NotFound: there is no such chat. TooMany: others are being tried.
    """
    with db.reading(business_id):
        hook = db.first(select(hooks).where(hooks.c.business_id == business_id, hooks.c.id == hook_id))
        business = db.first(select(Business.name).where(Business.id == business_id))
    if hook is None or business is None:
        raise _missing()
    said = Words("This is a test", "Alerts will look like this.", "/portal/alerts")
    with bulkhead.current().slot("chat", business_id, hook_id) as has_slot:
        if not has_slot:
            raise bulkhead.no_business_slot("Another chat test is running. Wait for its result, then try again.")
        return send_now(hook, business.name, [said])


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
