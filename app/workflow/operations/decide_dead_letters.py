"""What was given up, by hand: tried again, or left for good."""

from __future__ import annotations

import uuid

from sqlalchemy import ColumnElement, select

from app.core import clock, db, outbox
from app.core.errors import NotFound
from app.domain.notifications.mails.models import Mail
from app.workflow.steps.operations import open_event_cases

mails = db.table(Mail)


def retry_event(business_id: uuid.UUID, event_id: uuid.UUID) -> None:
    """Hand an event that was set aside to its handlers again; those that had it are left out.

    Raises:
        NotFound: no such event was set aside.
    """
    with db.phase("decide_dead_letters.retry_event", business_id):
        _found(outbox.replay(event_id))


def discard_event(business_id: uuid.UUID, event_id: uuid.UUID, *, reason: str) -> None:
    """Leave an event for good: what would have followed from it does not happen. Raises as `retry_event` does."""
    with db.phase("decide_dead_letters.discard_event", business_id):
        _found(outbox.discard(event_id, reason=reason))
        open_event_cases.over(event_id, reason="discarded")


def retry_mail(business_id: uuid.UUID, mail_id: uuid.UUID) -> None:
    """Send a mail that no server took, once more from the beginning.

    Raises:
        NotFound: no such mail was given up, or it is too old: whom it was for is not kept any more.
    """
    with db.phase("decide_dead_letters.retry_mail", business_id):
        _found(_is_abandoned(business_id, mail_id, mails.c.recipient != ""))
        db.write(db.change(Mail, mail_id, attempt_count=0, next_attempt_at=clock.now(), error=None), expect=1)


def discard_mail(business_id: uuid.UUID, mail_id: uuid.UUID, *, reason: str) -> None:
    """Leave a mail for good: its buyer is not written to. Raises as `retry_mail` does."""
    with db.phase("decide_dead_letters.discard_mail", business_id):
        _found(_is_abandoned(business_id, mail_id))
        db.write(db.change(Mail, mail_id, discarded_at=clock.now(), error=f"discarded: {reason}"), expect=1)


def _is_abandoned(business_id: uuid.UUID, mail_id: uuid.UUID, *also: ColumnElement[bool]) -> bool:
    """Whether it is a mail that waits for a decision; then its row is locked."""
    abandoned = mails.c.sent_at.is_(None), mails.c.next_attempt_at.is_(None), mails.c.discarded_at.is_(None)
    conditions = mails.c.business_id == business_id, mails.c.id == mail_id
    return db.first(select(mails.c.id).where(*conditions, *abandoned, *also).with_for_update()) is not None


def _found(found: bool) -> None:
    if not found:
        raise NotFound("not_found", "There is no dead letter with this ID. It may have been retried already.")
