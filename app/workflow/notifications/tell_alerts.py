"""Telling people of alerts: by mail and in chats. Nobody gets one message for each: what came since the last message
goes into the next, and there are pauses between them. So a storm of alerts makes few messages.

How far somebody was told is one id. It only goes as far as no transaction from before is still writing, so that nothing
comes in behind it.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, select, text

from app.core import clock, db, ids, mail, settings
from app.core.http import merchant_call
from app.core.ids import first_at
from app.core.security import crypto
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.types import powers
from app.domain.notifications.alerts import chats
from app.domain.notifications.alerts.models import Alert, AlertChoice, AlertHook
from app.domain.notifications.alerts.types import wanted
from app.domain.notifications.alerts.words import Words, words
from app.workflow.notifications.write_person_mail import KINDS as LETTERS
from app.workflow.notifications.write_person_mail import Letter
from app.workflow.steps.notifications.queue_person_mail import queue
from app.workflow.steps.operations import due

BETWEEN_MAILS = timedelta(minutes=10)
BETWEEN_MESSAGES = timedelta(minutes=1)
LEASE = timedelta(seconds=60)
LADDER = tuple(timedelta(minutes=each) for each in (1, 5, 30, 120, 360, 720))
MAX_TRIES = 24  # then the chat is switched off, and says so where chats are kept
MAX_LISTED = 20
FRESH = timedelta(days=1)
KEPT_BYTES = 2000

alerts, hooks, choices = db.table(Alert), db.table(AlertHook), db.table(AlertChoice)
# People of businesses that have an alert of the last day, whose last mail is long enough ago.
_READERS = text("""
SELECT m.business_id, m.person_id, m.role, r.permissions, m.created_at, p.email, b.name, b.mode, c.mailed
FROM businesses b JOIN memberships m ON m.business_id = b.id JOIN persons p ON p.id = m.person_id
LEFT JOIN roles r ON r.business_id = m.business_id AND r.id = m.role_id
LEFT JOIN alert_choices c ON c.business_id = m.business_id AND c.person_id = m.person_id
WHERE m.left_at IS NULL AND EXISTS (SELECT FROM alerts a WHERE a.business_id = b.id AND a.id > :fresh)
  AND (c.mailed_at IS NULL OR c.mailed_at <= :before)
  AND EXISTS (SELECT FROM alerts a WHERE a.business_id = b.id AND a.id < :horizon
              AND a.id > greatest(coalesce(c.mailed_id, :fresh), :fresh))
ORDER BY m.business_id, m.person_id LIMIT 2000
""")


@dataclass(frozen=True)
class _News:
    """Alerts somebody was not told of, and the id up to which that is all."""

    rows: tuple[Alert, ...]
    through: uuid.UUID


def tell_due() -> int:
    """Write to everybody who is to be told of something now; how many messages went out or were queued."""
    told = 0
    if mail.is_on():
        told += sum(_mail(reader) for reader in _readers())
    return told + due.process_by_partition(_due_hooks, _post)


def _horizon() -> uuid.UUID:
    return uuid.UUID(int=db.oldest_write_ms() << 80)


def _readers() -> list[Row[Any]]:
    moment = clock.now()
    with db.system_reading():
        horizon = _horizon()
        given = {"fresh": first_at(moment - FRESH), "before": moment - BETWEEN_MAILS, "horizon": horizon}
        return list(db.rows(_READERS, **given))


def _news(business_id: uuid.UUID, after: uuid.UUID | None, horizon: uuid.UUID) -> _News:
    since = max(after or uuid.UUID(int=0), first_at(clock.now() - FRESH))
    of_now = alerts.c.business_id == business_id, alerts.c.id > since, alerts.c.id < horizon
    rows = db.rows(select(alerts).where(*of_now).order_by(alerts.c.id).limit(500))
    through = rows[-1].id if rows else since
    # What is over by now is nobody's concern any more.
    return _News(tuple(row for row in rows if row.ended_at is None), through)


def _mail(reader: Row[Any]) -> int:
    """Queue the mail, and note in the same phase how far it goes."""
    kinds = wanted(powers(reader.role, reader.permissions).permissions, reader.mailed)
    me = ids.show("usr", reader.person_id)
    with db.system_reading():
        horizon = _horizon()
    with db.system_phase("tell_alerts.mail"):
        mine = choices.c.business_id == reader.business_id, choices.c.person_id == reader.person_id
        known = db.first(select(choices).where(*mine).with_for_update())
        news = _news(reader.business_id, known.mailed_id if known else None, horizon)
        shown = [row for row in news.rows if row.kind in kinds and row.facts.get("by") != me]
        shown = [row for row in shown if row.created_at >= reader.created_at]
        moment = clock.now()
        values = {"mailed_id": news.through} | ({"mailed_at": moment} if shown else {})
        if known is not None:
            db.run(choices.update().where(*mine).values(**values))
        else:
            fresh = {"mailed": None, "seen_id": None, "mailed_at": None, **values}
            made = db.new_row(AlertChoice, business_id=reader.business_id, person_id=reader.person_id, **fresh)
            db.write(made.on_conflict_do_nothing())
        if shown:
            listed = [_line(row) for row in shown[:MAX_LISTED]]
            head = _head(reader.name, reader.mode)
            queue("alerts", reader.email, {"head": head, "alerts": listed, "more": len(shown) - len(listed)})
    return 1 if shown else 0


def _head(name: str, mode: str) -> str:
    return f"{name} ({'test mode' if mode == 'test' else 'live'})"


def _line(row: Alert) -> dict[str, str]:
    said = words(row.kind, row.subject_id, row.facts)
    return {"title": said.title, "text": said.text, "path": said.path}


def _address(path: str) -> str:
    return settings.current().public_url.rstrip("/") + path


def _letter(details: dict[str, Any]) -> Letter:
    listed = details["alerts"]
    first = listed[0]["title"]
    count = len(listed) + details["more"]
    subject = f"{first} – {details['head']}" if count == 1 else f"{count} alerts – {details['head']}"
    lines = [f"{each['title']}. {each['text']} {_address(each['path'])}" for each in listed]
    more = [f"And {details['more']} more."] if details["more"] else []
    return Letter(
        subject,
        (details["head"], *lines, *more),
        ("See all alerts", _address("/portal/alerts")),
        (f"Change your alert settings: {_address('/portal/alerts/settings')}",),
    )


LETTERS["alerts"] = _letter


def encryption_context(hook_id: uuid.UUID, name: str) -> str:
    """What a chat's encrypted address is bound to."""
    return f"alert_hooks/{hook_id}/{name}"


def _due_hooks(busy: due.Busy) -> list[tuple[due.Partition, due.DueItem]]:
    """By business, without those that are busy: whose chats hang holds up nobody else's, nor the mails."""
    with db.system_reading():
        horizon = _horizon()
        newer = select(alerts.c.id).where(
            alerts.c.business_id == hooks.c.business_id, alerts.c.id > hooks.c.told_id, alerts.c.id < horizon
        )
        is_due = hooks.c.enabled, hooks.c.next_try_at <= clock.now(), newer.exists()
        rows = db.rows(select(hooks).where(*is_due, hooks.c.business_id.not_in(busy.partitions)).limit(200))
        return [(row.business_id, (row.business_id, row.id)) for row in rows]


def _post(business_id: uuid.UUID, hook_id: uuid.UUID) -> bool:
    """Put what is new into the chat; whether there was something and the chat took it."""
    with db.reading(business_id):
        horizon = _horizon()
    with db.phase("tell_alerts.claim", business_id):
        mine = hooks.c.business_id == business_id, hooks.c.id == hook_id
        is_due = hooks.c.enabled, hooks.c.next_try_at <= clock.now()
        hook = db.first(select(hooks).where(*mine, *is_due).with_for_update(skip_locked=True))
        if hook is None:
            return False
        news = _news(business_id, hook.told_id, horizon)
        shown = [row for row in news.rows if row.kind in hook.kinds]
        if not shown:
            db.write(db.change(AlertHook, hook_id, told_id=max(news.through, hook.told_id)), expect=1)
            return False
        db.write(db.change(AlertHook, hook_id, next_try_at=clock.now() + LEASE), expect=1)
        business = db.rows(select(Business.name, Business.mode).where(Business.id == business_id))[0]
    lines = [words(row.kind, row.subject_id, row.facts) for row in shown[:MAX_LISTED]]
    error = send(hook, _head(business.name, business.mode), lines, more=len(shown) - len(lines))
    _record(hook, news.through, error)
    return error is None


def send(hook: AlertHook, head: str, said: Sequence[Words], *, more: int = 0) -> str | None:
    """Put a message into the chat; why it was not taken, or None."""
    url = crypto.decrypt(hook.secrets["url"], context=encryption_context(hook.id, "url"))
    key = hook.secrets.get("key")
    secret = crypto.decrypt(key, context=encryption_context(hook.id, "key")) if key else ""
    lines = [(each, _address(each.path)) for each in said]
    head = f"{head}: {len(said) + more} alerts" if len(said) + more > 1 else head
    made = chats.message(hook.format, url, secret, head=head, lines=lines, at_s=int(clock.real_s()))
    told = merchant_call.tell(made.url, made.content, {"User-Agent": "Bursar/1"}, keep_bytes=KEPT_BYTES)
    return told.error if not told.is_taken else chats.refusal(hook.format, told.text)


def _record(hook: AlertHook, through: uuid.UUID, error: str | None) -> None:
    moment = clock.now()
    with db.phase("tell_alerts.record", hook.business_id):
        if error is None:
            rest = {"told_id": through, "next_try_at": moment + BETWEEN_MESSAGES, "told_at": moment}
            change = db.change(AlertHook, hook.id, failures=0, error=None, **rest)
        else:
            pause = LADDER[min(hook.failures, len(LADDER) - 1)]
            given_up = {"enabled": False} if hook.failures + 1 >= MAX_TRIES else {}
            change = db.change(
                AlertHook,
                hook.id,
                failures=hook.failures + 1,
                error=error[:300],
                next_try_at=moment + pause,
                **given_up,
            )
        db.write(change)
