"""Dead letters: an event that its handlers could not process, a mail that no server accepted."""

from __future__ import annotations

import uuid

from sqlalchemy import select, update

from app.core import db, outbox
from app.core.db.models import OutboxEvent
from app.core.ids import new_id
from app.domain.notifications.mails.models import Mail


def dead_event(business_id: uuid.UUID, topic: str = "product.changed", *, error: str = "handler: boom") -> uuid.UUID:
    """An event that was set aside; its id."""
    about = new_id()
    with db.phase("test.emit", business_id):
        outbox.emit(topic, aggregate_id=about, payload={"product_id": str(about)})
    mine = OutboxEvent.business_id == business_id, OutboxEvent.aggregate_id == about
    with db.phase("test.kill", business_id):
        db.run(update(OutboxEvent).where(*mine).values(status="dead", attempts=12, error=error))
        found: uuid.UUID = db.scalar(select(OutboxEvent.id).where(*mine))
    return found


def unsent_mail(business_id: uuid.UUID, order_id: uuid.UUID) -> uuid.UUID:
    """A receipt that no server took; its id."""
    mail_id = new_id()
    about = {"kind": "receipt", "order_id": order_id, "source_id": order_id, "recipient": "ada@example.com"}
    with db.phase("test.mail", business_id):
        db.add(Mail, id=mail_id, **about, locale="en", attempt_count=9, error="SMTPException: full")
    return mail_id
