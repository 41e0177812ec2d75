"""A form that was sent after its session had ended is kept until its person signs in again, and shown to them then.
Nothing is sent by itself. Secrets are not kept, nor are forms of pages that are about nothing else."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

from flask import request, session

from app.core import ephemeral
from app.web.auth.sessions import WHO, inside

LASTS_S = 3600
MAX_LENGTH = 64 * 1024
# By what fields of secrets are called, and by what the token of the ended session is.
_SECRET = re.compile(r"secret|passw|token|key|credential|private|signature|cert|codes|values", re.IGNORECASE)
_ONLY_SECRETS = ("portal.security.", "portal.password.", "portal.channels.", "portal.account.")


@dataclass(frozen=True)
class SavedForm:
    """What was to be sent, and to which page; `left_out`: it had secrets, which have to be typed again."""

    action: str
    fields: tuple[tuple[str, str], ...]
    left_out: bool
    business: str | None


def save(endpoint: str) -> bool:
    """Keep the form of this request for whoever was signed in with this browser; whether it was.

    Its CSRF token was right: the browser's own pages sent it."""
    who = session.get(WHO)
    if who is None or endpoint.startswith(_ONLY_SECRETS):
        return False
    sent = [(name, value) for name, values in request.form.lists() for value in values if name != "csrf_token"]
    fields = [(name, value) for name, value in sent if not _SECRET.search(name)]
    if not fields or request.files or sum(len(name) + len(value) for name, value in fields) > MAX_LENGTH:
        return False
    saved = {"action": request.full_path.rstrip("?"), "fields": fields, "left_out": len(fields) < len(sent)}
    ephemeral.put(_name(who), saved | {"business": session.get("business")}, lasts_s=LASTS_S)
    return True


def find(user_id: uuid.UUID) -> SavedForm | None:
    """The form that waits for this person."""
    saved = ephemeral.get(_name(str(user_id)))
    if saved is None or inside(saved["action"]) != saved["action"]:
        return None
    return SavedForm(saved["action"], tuple((n, v) for n, v in saved["fields"]), saved["left_out"], saved["business"])


def forget(user_id: uuid.UUID) -> None:
    """It is not wanted any more."""
    ephemeral.delete(_name(str(user_id)))


def _name(who: str) -> str:
    return f"form {who}"
