"""Somebody who works with the portal is to be written to. Only a row is written here; it is sent by another process,
so that nobody can tell from the time an answer takes whether somebody was written to."""

from __future__ import annotations

from typing import Any

from app.core import clock, db, mail
from app.domain.notifications.mails.models import PersonMail


def queue(kind: str, recipient: str, details: dict[str, Any]) -> None:
    """In the open phase: send this person a mail of a kind that `write_person_mail.KINDS` knows. Nothing happens when
    this installation sends no mail. No secret belongs into `details`."""
    if mail.is_on():
        db.add(PersonMail, kind=kind, recipient=recipient, details=details, next_try_at=clock.now())
