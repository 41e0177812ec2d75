"""Sending what people of the portal are to be told: claim, send, record, as send_mail does for buyers."""

from __future__ import annotations

import smtplib
import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update

from app.core import clock, db, mail
from app.core.http.call_errors import explain
from app.core.log import get_logger
from app.domain.accounts.privacy import kinds
from app.domain.notifications.mails.models import PersonMail
from app.workflow.notifications.send_mail import BATCH, LADDER
from app.workflow.notifications.write_person_mail import write_person_mail
from app.workflow.steps.operations import due

RETENTION = timedelta(days=kinds.days({}, "person_mails"))
mails = db.table(PersonMail)
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
        if (message := write_person_mail(claimed)) is None:
            return _drop(mail_id)
        mail.send(message)
    except (OSError, smtplib.SMTPException, ValueError, KeyError) as problem:
        error = explain(problem)
        get_logger().warning("person_mail_not_sent", mail_id=str(mail_id), error=error)
    _record(claimed, error)
    return error is None


def prune() -> int:
    """Forget mails after RETENTION; how many."""
    with db.system_phase("send_person_mail.prune"):
        return db.run(delete(PersonMail).where(mails.c.created_at < clock.now() - RETENTION))


def _send(_business_id: uuid.UUID, mail_id: uuid.UUID) -> bool:
    return send(mail_id)


def _claim(mail_id: uuid.UUID) -> PersonMail | None:
    """The mail, which nobody else sends until its next try is due."""
    with db.system_phase("send_person_mail.claim"):
        row = db.first(
            select(mails)
            .where(mails.c.id == mail_id, mails.c.next_try_at <= clock.now())
            .with_for_update(skip_locked=True)
        )
        if row is None:
            return None
        next_try_at = clock.now() + LADDER[min(row.tries, len(LADDER) - 1)]
        db.write(_change(mail_id, tries=row.tries + 1, next_try_at=next_try_at), expect=1)
        return row


def _record(row: PersonMail, error: str | None) -> None:
    with db.system_phase("send_person_mail.record"):
        if error is None:
            change = _change(row.id, sent_at=clock.now(), next_try_at=None, error=None)
        elif row.tries + 1 >= len(LADDER):
            change = _change(row.id, next_try_at=None, error=error)
        else:
            change = _change(row.id, error=error)
        db.write(change, expect=1)


def _change(mail_id: uuid.UUID, **values: Any) -> Any:
    return update(PersonMail).where(PersonMail.id == mail_id).values(**values)


def _drop(mail_id: uuid.UUID) -> bool:
    """Somebody typed an address that nobody has; it is not kept."""
    with db.system_phase("send_person_mail.drop"):
        db.run(delete(PersonMail).where(mails.c.id == mail_id))
    return False


def _due() -> list[tuple[uuid.UUID, uuid.UUID]]:
    with db.system_reading():
        rows = db.rows(
            select(mails.c.id).where(mails.c.next_try_at <= clock.now()).order_by(mails.c.next_try_at).limit(BATCH)
        )
        return [(_NOBODYS, row.id) for row in rows]
