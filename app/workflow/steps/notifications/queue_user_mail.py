"""Somebody who works with the portal is to be written to. Only a row is written here; it is sent by another process,
so that nobody can tell from the time an answer takes whether somebody was written to."""

from __future__ import annotations

from typing import Any

from app.core import clock, db, mail
from app.domain.notifications.mails.models import UserMail


def queue(kind: str, recipient: str, details: dict[str, Any]) -> None:
    """In the open phase: send this person a mail of a kind that `render_user_mail.KINDS` knows. Nothing happens when
    this installation sends no mail. No secret belongs into `details`."""
    if mail.is_on():
        db.add(UserMail, kind=kind, recipient=recipient, details=details, next_attempt_at=clock.actual())
