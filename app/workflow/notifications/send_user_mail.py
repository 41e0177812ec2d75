"""Sending what people of the portal are to be told: claim, send, record, as send_mail does for buyers."""

from __future__ import annotations

import smtplib
import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from app.core import clock, db, mail
from app.core.db import pruning
from app.core.http.call_errors import explain
from app.core.log import get_logger
from app.core.process import crash
from app.domain.accounts.privacy import kinds
from app.domain.notifications.mails.models import UserMail
from app.workflow.notifications.render_user_mail import render_user_mail
from app.workflow.notifications.send_mail import BATCH, RETRY_PAUSES
from app.workflow.steps.operations import due

RETENTION = timedelta(days=kinds.days({}, "user_mails"))
mails = db.table(UserMail)
_NOBODYS = uuid.UUID(int=0)  # these mails belong to no business


def send_due() -> int:
    """Send what is due; how many were sent. Safe to run twice at once."""
    return due.process(_due, _send) if mail.is_on() else 0


def send(mail_id: uuid.UUID) -> bool:
    """Send one mail if it is due now; whether it was taken."""
    claimed = _claim(mail_id)
    if claimed is None:
        return False
    error = None
    try:
        if (message := render_user_mail(claimed)) is None:
            return _drop(mail_id)
        mail.send(message)
        crash.point("send_user_mail.send.after")
    except (OSError, smtplib.SMTPException, ValueError, KeyError) as problem:
        error = explain(problem)
        get_logger().warning("user_mail_not_sent", mail_id=str(mail_id), error=error)
    _record(claimed, error)
    return error is None


def prune() -> int:
    """Forget mails after RETENTION; how many."""
    made = UserMail.__table__.c.created_at
    return pruning.remove_oldest("send_user_mail.prune", UserMail, made < clock.actual() - RETENTION, by=made)


def _send(_business_id: uuid.UUID, mail_id: uuid.UUID) -> bool:
    return send(mail_id)


def _claim(mail_id: uuid.UUID) -> UserMail | None:
    """The mail, which nobody else sends until its next try is due."""
    with db.system_phase("send_user_mail.claim"):
        row = db.first(
            select(mails)
            .where(mails.c.id == mail_id, mails.c.next_attempt_at <= clock.actual())
            .with_for_update(skip_locked=True)
        )
        if row is None:
            return None
        db.write(_change(mail_id, attempt_count=row.attempt_count + 1, next_attempt_at=_next_attempt(row)), expect=1)
        return row


def _record(row: UserMail, error: str | None) -> None:
    with db.system_phase("send_user_mail.record"):
        if error is None:
            change = _change(row.id, sent_at=clock.actual(), next_attempt_at=None, error=None)
        elif row.attempt_count + 1 >= len(RETRY_PAUSES):
            change = _change(row.id, next_attempt_at=None, error=error)
        else:
            change = _change(row.id, next_attempt_at=_next_attempt(row), error=error)
        db.write(change, expect=1)


def _next_attempt(row: UserMail) -> datetime:
    """When the mail is tried again after the try that `row` was claimed for."""
    return clock.actual() + RETRY_PAUSES[min(row.attempt_count, len(RETRY_PAUSES) - 1)]


def _change(mail_id: uuid.UUID, **values: Any) -> Any:
    return update(UserMail).where(UserMail.id == mail_id).values(**values)


def _drop(mail_id: uuid.UUID) -> bool:
    """Somebody typed an address that nobody has; it is not kept."""
    with db.system_phase("send_user_mail.drop"):
        db.run(delete(UserMail).where(mails.c.id == mail_id))
    return False


def _due() -> list[tuple[uuid.UUID, uuid.UUID]]:
    with db.system_reading():
        rows = db.rows(
            select(mails.c.id)
            .where(mails.c.next_attempt_at <= clock.actual())
            .order_by(mails.c.next_attempt_at)
            .limit(BATCH)
        )
        return [(_NOBODYS, row.id) for row in rows]
