"""A form that was sent after its session had ended is kept until its person signs in again. Then its page opens with
what they had typed in it; where that cannot be, they see it as a list. Nothing is sent by itself. Secrets are not kept,
nor are forms of pages that are about nothing else, nor files: no page may fill them in, so they are chosen again."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Response, request, session

from app.core import ephemeral
from app.lib.form_filling import fill
from app.web.auth.sessions import WHO, inside

LASTS_S = 3600
MAX_LENGTH = 64 * 1024
# By what fields of secrets are called, and by what the token of the ended session is.
_SECRET = re.compile(r"secret|passw|token|key|credential|private|signature|cert|codes|values", re.IGNORECASE)
# In the browser's cookie: its next page is the one of the kept form; it has the kept form in it.
_RETURNS, RESTORED = "saved_form_returns", "saved_form_restored"
_ONLY_SECRETS = ("portal.security.", "portal.password.", "portal.channels.", "portal.account.")


@dataclass(frozen=True)
class SavedForm:
    """What was to be sent, to which address, and from which page (empty: unknown); `left_out`: it had secrets, which
    have to be typed again; `had_files`: and files, which have to be chosen again."""

    action: str
    page: str
    fields: tuple[tuple[str, str], ...]
    left_out: bool
    had_files: bool
    business: str | None


def save(endpoint: str) -> bool:
    """Keep the form of this request for whoever was signed in with this browser; whether it was.

    Its CSRF token was right: the browser's own pages sent it."""
    who = session.get(WHO)
    if who is None or endpoint.startswith(_ONLY_SECRETS):
        return False
    sent = [(name, value) for name, values in request.form.lists() for value in values if name != "csrf_token"]
    fields = [(name, value) for name, value in sent if not _SECRET.search(name)]
    page, had_files = _page(), any(each.filename for each in request.files.values())
    # A file alone leads back to its page; without one there is nothing to come back to.
    if not (fields or (had_files and page)) or sum(len(name) + len(value) for name, value in fields) > MAX_LENGTH:
        return False
    saved = {"action": request.full_path.rstrip("?"), "fields": fields, "left_out": len(fields) < len(sent)}
    about = {"business": session.get("business"), "page": page, "had_files": had_files}
    ephemeral.put(_name(who), saved | about, lasts_s=LASTS_S)
    return True


def _page() -> str:
    """The page of the portal that the form was on, as the browser names it."""
    # Where htmx has exchanged a part of the page, the browser's own word is still the whole page's address.
    named = urlsplit(request.headers.get("Referer", ""))
    path = f"{named.path}?{named.query}" if named.query else named.path
    return path if named.netloc == request.host and named.path.startswith("/portal/") else ""


def find(user_id: uuid.UUID) -> SavedForm | None:
    """The form that waits for this person."""
    saved = ephemeral.get(_name(str(user_id)))
    if saved is None or inside(saved["action"]) != saved["action"]:
        return None
    fields = tuple((name, value) for name, value in saved["fields"])
    page = saved["page"] if inside(saved["page"]) == saved["page"] else ""
    return SavedForm(saved["action"], page, fields, saved["left_out"], saved.get("had_files", False), saved["business"])


def begin_return() -> None:
    """The next page of this browser is the one that the form was on."""
    session[_RETURNS] = True


def put_back(user_id: uuid.UUID, response: Response) -> bool | None:
    """Fill the kept form into its page; whether all of it has found its place. None: this is another page."""
    if not session.get(_RETURNS) or request.method != "GET":
        return None
    saved = find(user_id)
    if saved is None or request.full_path.rstrip("?") != saved.page:
        return None
    session.pop(_RETURNS)
    filled = fill(response.get_data(as_text=True), saved.action, saved.fields) if response.status_code == 200 else None
    if filled is None or any(value for _, value in filled.left):
        return False
    response.set_data(filled.html)
    session[RESTORED] = saved.action
    return True


def sent(user_id: uuid.UUID) -> None:
    """The form that was put back is sent now, so it need not be kept."""
    if session.get(RESTORED) == request.full_path.rstrip("?"):
        session.pop(RESTORED)
        forget(user_id)


def forget(user_id: uuid.UUID) -> None:
    """It is not wanted any more."""
    ephemeral.delete(_name(str(user_id)))


def _name(who: str) -> str:
    return f"form {who}"
