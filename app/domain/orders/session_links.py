"""The link to a session's hosted page, and what a browser keeps once it was let in.

A link carries no secret of the session: its token is derived from the session's id and the number of times its links
were opened, so an opened link opens nothing any more. A browser keeps a signed grant instead.
"""

from __future__ import annotations

import base64
import uuid
from urllib.parse import urlencode

from itsdangerous import BadSignature, URLSafeSerializer

from app.core import settings
from app.core.ids import show
from app.core.security import crypto

_PURPOSE = "a link to a checkout session"
_GRANT = "a browser that may see a checkout session"


def link(session_id: uuid.UUID, openings: int) -> str:
    """The address that lets the next browser in, while the session's links were opened `openings` times."""
    page = f"{settings.current().public_url}/c/{show('ses', session_id)}"
    return f"{page}?{urlencode({'key': token(session_id, openings)})}"


def token(session_id: uuid.UUID, openings: int) -> str:
    """What the link carries: 128 bits that only this installation can make."""
    signed = crypto.sign_hmac(settings.current().secret_key.encode(), f"{_PURPOSE} {session_id} {openings}".encode())
    return base64.urlsafe_b64encode(bytes.fromhex(signed)[:16]).decode().rstrip("=")


def grant(session_id: uuid.UUID) -> str:
    """What a browser that was let in keeps; it ends with the session."""
    signed = _signer().dumps(session_id.hex)
    return signed if isinstance(signed, str) else signed.decode()


def granted(text: str) -> uuid.UUID | None:
    """The session that a kept grant is for; None when it is none of ours."""
    try:
        return uuid.UUID(_signer().loads(text))
    except (BadSignature, ValueError):
        return None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(settings.current().secret_key, salt=_GRANT)
