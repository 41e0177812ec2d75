"""A merchant's names for buyers in addresses. They are often email addresses: for who may not read those they are
encrypted, so that a link leads to the buyer's page and tells nobody's name."""

from __future__ import annotations

from flask import g, request

from app.core.security import crypto

_MARK = "~"
_MAX_LENGTH = 700


def sees_buyers() -> bool:
    """Whether whoever asks may read who bought."""
    actor = g.get("actor")
    return actor is None or bool(actor.may("buyers.read"))


def buyer_for_url(text: str | None) -> str | None:
    """A buyer's reference, or a cursor with one, as a URL may have it: encrypted, unless the reader may see buyers."""
    return text if not text or sees_buyers() else _MARK + crypto.encrypt(text, context=_context())


def buyer_from_url(name: str) -> str:
    """The argument of this name in the URL, decrypted when `buyer_for_url` encrypted it; empty when there is none."""
    text = request.args.get(name, "").replace("\x00", "").strip()
    if not text.startswith(f"{_MARK}v1."):
        return text[:200]
    try:
        return crypto.decrypt(text[len(_MARK) : _MAX_LENGTH], context=_context())
    except ValueError:
        return ""


def _context() -> str:
    return f"portal address {g.actor.business_id}"
