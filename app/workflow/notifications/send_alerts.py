"""Telling people of alerts: by mail and in chats. Nobody gets one message for each: what came since the last message
goes into the next, and there are pauses between them. So a storm of alerts makes few messages.

How far somebody was told is one id. It only goes as far as no transaction from before is still writing, so that nothing
comes in behind it. A chat's is moved on when the chat has taken the message, a person's in the phase that queues their
mail: who dies in between sends it once more, and nothing is lost.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, select, text

from app.core import clock, db, ids, mail, settings
from app.core.http import merchant_call
from app.core.ids import first_at
from app.core.process import crash
from app.core.security import crypto
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.types import access_of_role
from app.domain.notifications.alerts import chats
from app.domain.notifications.alerts.models import Alert, AlertChat, AlertPreference
from app.domain.notifications.alerts.texts import AlertText, text_of
from app.domain.notifications.alerts.types import kinds_to_mail
from app.workflow.notifications.render_user_mail import KINDS as RENDERERS
from app.workflow.notifications.render_user_mail import MailText
from app.workflow.steps.notifications.queue_user_mail import queue
from app.workflow.steps.operations import due

BETWEEN_MAILS = timedelta(minutes=10)
BETWEEN_MESSAGES = timedelta(minutes=1)
LEASE = timedelta(seconds=60)
RETRY_PAUSES = tuple(timedelta(minutes=each) for each in (1, 5, 30, 120, 360, 720))
MAX_ATTEMPTS = 24  # then the chat is switched off, and says so where chats are kept
MAX_LISTED = 20
FRESH = timedelta(days=1)
KEPT_BYTES = 2000


class _Reader(db.JoinedRow):
    """Somebody in a team: the role (with the permissions of one of the business's own), since when they have the seat,
    and which kinds they chose to be mailed (None: never chosen)."""

    business_id: uuid.UUID
    user_id: uuid.UUID
    role: str
    permissions: list[Any] | None
    created_at: datetime
    email: str
    name: str
    mode: str
    mailed: list[str] | None
    alert_defaults: list[str]


alerts, alert_chats, choices = db.table(Alert), db.table(AlertChat), db.table(AlertPreference)
# People of businesses that have an alert of the last day, whose last mail is long enough ago.
_READERS = db.select_as(
    _Reader,
    text("""
SELECT m.business_id, m.user_id, m.role, r.permissions, m.created_at, p.email, b.name, b.mode, c.mailed,
  b.alert_defaults
FROM businesses b JOIN memberships m ON m.business_id = b.id JOIN users p ON p.id = m.user_id
LEFT JOIN roles r ON r.business_id = m.business_id AND r.id = m.role_id
LEFT JOIN alert_preferences c ON c.business_id = m.business_id AND c.user_id = m.user_id
WHERE m.left_at IS NULL AND EXISTS (SELECT FROM alerts a WHERE a.business_id = b.id AND a.id > :fresh)
  AND (c.mailed_at IS NULL OR c.mailed_at <= :before)
  AND EXISTS (SELECT FROM alerts a WHERE a.business_id = b.id AND a.id < :horizon
              AND a.id > greatest(coalesce(c.mailed_id, :fresh), :fresh))
ORDER BY m.business_id, m.user_id LIMIT 2000
"""),
)


@dataclass(frozen=True)
class _News:
    """Alerts somebody was not told of, and the id up to which that is all."""

    rows: tuple[Alert, ...]
    through: uuid.UUID


def send_due() -> int:
    """Write to everybody who is to be told of something now; how many messages went out or were queued."""
    sent = 0
    if mail.is_on():
        sent += sum(_mail(reader) for reader in _readers())
    return sent + due.process_by_partition(_due_chats, _post)


def _horizon() -> uuid.UUID:
    return uuid.UUID(int=db.oldest_write_ms() << 80)


def _readers() -> list[_Reader]:
    moment = clock.actual()
    with db.system_reading():
        horizon = _horizon()
        arguments = {"fresh": first_at(moment - FRESH), "before": moment - BETWEEN_MAILS, "horizon": horizon}
        return list(db.rows(_READERS, **arguments))


def _news(business_id: uuid.UUID, after: uuid.UUID | None, horizon: uuid.UUID) -> _News:
    since = max(after or uuid.UUID(int=0), first_at(clock.actual() - FRESH))
    of_now = alerts.c.business_id == business_id, alerts.c.id > since, alerts.c.id < horizon
    rows = db.rows(select(alerts).where(*of_now).order_by(alerts.c.id).limit(500))
    through = rows[-1].id if rows else since
    # What is over by now is nobody's concern any more.
    return _News(tuple(row for row in rows if row.ended_at is None), through)


def _mail(reader: _Reader) -> int:
    """Queue the mail, and note in the same phase how far it goes."""
    kinds = kinds_to_mail(
        access_of_role(reader.role, reader.permissions).permissions, reader.mailed, reader.alert_defaults
    )
    me = ids.show("usr", reader.user_id)
    with db.system_reading():
        horizon = _horizon()
    with db.system_phase("send_alerts.mail"):
        conditions = choices.c.business_id == reader.business_id, choices.c.user_id == reader.user_id
        known = db.first(select(choices).where(*conditions).with_for_update())
        news = _news(reader.business_id, known.mailed_id if known else None, horizon)
        shown = [row for row in news.rows if _is_for(row, reader, kinds) and row.facts.get("by") != me]
        shown = [row for row in shown if row.created_at >= reader.created_at]
        moment = clock.actual()
        if known is not None:
            values = {"mailed_id": news.through} | ({"mailed_at": moment} if shown else {})
            db.run(choices.update().where(*conditions).values(**values))
        else:
            made = db.new_row(
                AlertPreference,
                business_id=reader.business_id,
                user_id=reader.user_id,
                mailed=None,
                seen_id=None,
                mailed_id=news.through,
                mailed_at=moment if shown else None,
            )
            db.write(made.on_conflict_do_nothing())
        if shown:
            listed = [_line(row) for row in shown[:MAX_LISTED]]
            head = _head(reader.name, reader.mode)
            queue("alerts", reader.email, {"head": head, "alerts": listed, "more": len(shown) - len(listed)})
    return 1 if shown else 0


def _is_for(row: Alert, reader: _Reader, kinds: frozenset[str]) -> bool:
    """Whether the alert is mailed to this person: of a kind that they want and, where it names roles (`to`), to one of
    these, who has it mailed without having chosen so, or to whoever is responsible."""
    to, is_mine = row.facts.get("to"), row.facts.get("assignee") == ids.show("usr", reader.user_id)
    if not to or is_mine:
        return row.kind in kinds
    return reader.role in to and (row.kind in kinds or reader.mailed is None)


def _head(name: str, mode: str) -> str:
    return f"{name} ({'test mode' if mode == 'test' else 'live'})"


def _line(row: Alert) -> dict[str, str]:
    alert = text_of(row.kind, row.subject_id, row.facts)
    return {"title": alert.title, "text": alert.text, "path": alert.path}


def _address(path: str) -> str:
    return settings.current().public_url.rstrip("/") + path


def _mail_text(details: dict[str, Any]) -> MailText:
    listed = details["alerts"]
    first = listed[0]["title"]
    count = len(listed) + details["more"]
    subject = f"{first} – {details['head']}" if count == 1 else f"{count} alerts – {details['head']}"
    lines = [f"{each['title']}. {each['text']} {_address(each['path'])}" for each in listed]
    more = [f"And {details['more']} more."] if details["more"] else []
    return MailText(
        subject,
        (details["head"], *lines, *more),
        ("See all alerts", _address("/portal/alerts")),
        (f"Change your alert settings: {_address('/portal/alerts/settings')}",),
    )


RENDERERS["alerts"] = _mail_text


def encryption_context(chat_id: uuid.UUID, name: str) -> str:
    """What a chat's encrypted address is bound to."""
    return f"alert_chats/{chat_id}/{name}"


def _due_chats(busy: due.Busy) -> list[tuple[due.Partition, due.DueItem]]:
    """By business, without those that are busy: whose chats hang holds up nobody else's, nor the mails."""
    with db.system_reading():
        horizon = _horizon()
        newer = select(alerts.c.id).where(
            alerts.c.business_id == alert_chats.c.business_id,
            alerts.c.id > alert_chats.c.notified_id,
            alerts.c.id < horizon,
        )
        is_due = alert_chats.c.enabled, alert_chats.c.next_attempt_at <= clock.actual(), newer.exists()
        rows = db.rows(select(alert_chats).where(*is_due, alert_chats.c.business_id.not_in(busy.partitions)).limit(200))
        return [(row.business_id, (row.business_id, row.id)) for row in rows]


def _post(business_id: uuid.UUID, chat_id: uuid.UUID) -> bool:
    """Put what is new into the chat; whether there was something and the chat took it."""
    with db.reading(business_id):
        horizon = _horizon()
    with db.phase("send_alerts.claim", business_id):
        conditions = alert_chats.c.business_id == business_id, alert_chats.c.id == chat_id
        is_due = alert_chats.c.enabled, alert_chats.c.next_attempt_at <= clock.actual()
        chat = db.first(select(alert_chats).where(*conditions, *is_due).with_for_update(skip_locked=True))
        if chat is None:
            return False
        news = _news(business_id, chat.notified_id, horizon)
        shown = [row for row in news.rows if row.kind in chat.kinds]
        if not shown:
            db.write(db.change(AlertChat, chat_id, notified_id=max(news.through, chat.notified_id)), expect=1)
            return False
        # Nobody else sends it during the lease. Who dies before the answer is known leaves a chat that is due again.
        db.write(db.change(AlertChat, chat_id, next_attempt_at=clock.actual() + LEASE), expect=1)
        business = db.rows(select(Business.name, Business.mode).where(Business.id == business_id))[0]
    lines = [text_of(row.kind, row.subject_id, row.facts) for row in shown[:MAX_LISTED]]
    error = send(chat, _head(business.name, business.mode), lines, more=len(shown) - len(lines))
    crash.point("send_alerts.post.after")
    _record(chat, news.through, error)
    return error is None


def send(chat: AlertChat, head: str, texts: Sequence[AlertText], *, more: int = 0) -> str | None:
    """Put a message into the chat; why it was not taken, or None."""
    url = crypto.decrypt(chat.secrets["url"], context=encryption_context(chat.id, "url"))
    key = chat.secrets.get("key")
    secret = crypto.decrypt(key, context=encryption_context(chat.id, "key")) if key else ""
    lines = [(each, _address(each.path)) for each in texts]
    head = f"{head}: {len(texts) + more} alerts" if len(texts) + more > 1 else head
    made = chats.message(chat.format, url, secret, head=head, lines=lines, at_s=int(clock.real_s()))
    result = merchant_call.post(made.url, made.content, {"User-Agent": "Bursar/1"}, keep_bytes=KEPT_BYTES)
    return result.error if not result.is_taken else chats.refusal(chat.format, result.text)


def _record(chat: AlertChat, through: uuid.UUID, error: str | None) -> None:
    moment = clock.actual()
    with db.phase("send_alerts.record", chat.business_id):
        if error is None:
            change = db.change(
                AlertChat,
                chat.id,
                failures=0,
                error=None,
                next_attempt_at=moment + BETWEEN_MESSAGES,
                notified_at=moment,
            )
            # Unless the chat was turned on anew meanwhile, and has nothing of before to be told.
            told = alert_chats.c.notified_id
            change = change.values(notified_id=case((told == chat.notified_id, through), else_=told))
        else:
            pause = RETRY_PAUSES[min(chat.failures, len(RETRY_PAUSES) - 1)]
            change = db.change(
                AlertChat,
                chat.id,
                failures=chat.failures + 1,
                error=error[:300],
                next_attempt_at=moment + pause,
            )
            if chat.failures + 1 >= MAX_ATTEMPTS:
                change = change.values(enabled=False)
        db.write(change)
