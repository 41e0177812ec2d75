"""What people were told by mail."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.core import db
from app.domain.notifications.mails.models import UserMail


def mails_to(email: str) -> Sequence[UserMail]:
    """The mails queued for this address, oldest first."""
    table = db.table(UserMail)
    with db.system_reading():
        return db.rows(select(table).where(table.c.recipient == email).order_by(table.c.id))


def told(email: str) -> list[str]:
    """What this person was told about their account, oldest first."""
    return [str(mail.details["what"]) for mail in mails_to(email) if mail.kind == "security"]
