"""Sending what buyers are to be told: claim, send, record. A sender that dies in between leaves a mail that is due
again; it is sent once more under the same Message-ID."""

from __future__ import annotations

import smtplib
import uuid
from datetime import timedelta

from sqlalchemy import select

from app.core import clock, db, mail
from app.core.http.call_errors import explain
from app.core.log import get_logger
from app.domain.notifications.mails.models import Mail
from app.workflow.notifications.render_mail import render_mail
from app.workflow.steps.operations import due

BATCH = 50
# After each try that failed; then it is given up.
RETRY_PAUSES = tuple(timedelta(minutes=each) for each in (1, 5, 30, 120, 720, 1440))
mails = db.table(Mail)


def send_due() -> int:
    """Send what is due; how many were sent. Safe to run twice at once."""
    return due.process(_due, send) if mail.is_on() else 0


def send(business_id: uuid.UUID, mail_id: uuid.UUID) -> bool:
    """Send one mail if it is due now; whether it was taken."""
    claimed = _claim(business_id, mail_id)
    if claimed is None:
        return False
    error = None
    try:
        mail.send(render_mail(business_id, claimed))
    except (OSError, smtplib.SMTPException, ValueError) as problem:
        error = explain(problem)
        # A server's refusal repeats the address, which has no business in a log.
        get_logger().warning("mail_not_sent", mail_id=str(mail_id), error=type(problem).__name__)
    _record(business_id, claimed, error)
    return error is None


def _claim(business_id: uuid.UUID, mail_id: uuid.UUID) -> Mail | None:
    """The mail, which nobody else sends until its next try is due."""
    with db.phase("send_mail.claim", business_id):
        row = db.first(
            select(mails)
            .where(mails.c.business_id == business_id, mails.c.id == mail_id, mails.c.next_attempt_at <= clock.now())
            .with_for_update(skip_locked=True)
        )
        if row is None:
            return None
        next_attempt_at = clock.now() + RETRY_PAUSES[min(row.attempt_count, len(RETRY_PAUSES) - 1)]
        db.write(
            db.change(Mail, mail_id, attempt_count=row.attempt_count + 1, next_attempt_at=next_attempt_at), expect=1
        )
        return row


def _record(business_id: uuid.UUID, row: Mail, error: str | None) -> None:
    with db.phase("send_mail.record", business_id):
        if error is None:
            change = db.change(Mail, row.id, sent_at=clock.now(), next_attempt_at=None, error=None)
        elif row.attempt_count + 1 >= len(RETRY_PAUSES):
            change = db.change(Mail, row.id, next_attempt_at=None, error=error)
        else:
            change = db.change(Mail, row.id, error=error)
        db.write(change, expect=1)


def _due() -> list[due.DueItem]:
    with db.system_reading():
        rows = db.rows(
            select(mails.c.business_id, mails.c.id, mails.c.request_id)
            .where(mails.c.next_attempt_at <= clock.now())
            .order_by(mails.c.next_attempt_at)
            .limit(BATCH)
        )
        return [(row.business_id, row.id, row.request_id) for row in rows]
