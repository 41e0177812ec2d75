"""What may be kept of a body that travelled: short JSON, without secrets and without people's addresses."""

from __future__ import annotations

import json
import math
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

MOST_BYTES = 8 * 1024
HIDDEN = "•••"
_DEEPEST = 20
# Members whose texts are nobody's business, wherever they stand; those in _WHOLE with all that is inside.
_SECRET = re.compile(r"secret|password|token|signature|authorization|licen[cs]e|iban|card|phone|email", re.IGNORECASE)
_WHOLE = frozenset({"payee", "keys", "value", "values", "codes", "settings"})
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")


def kept(content: bytes | None) -> dict[str, Any] | None:
    """The JSON object in these bytes, masked; None when there is none, or it is too long."""
    if not content or len(content) > MOST_BYTES:
        return None
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return _masked(found, 0) if isinstance(found, dict) else None


def kept_query(query: str) -> str:
    """A query string, masked; with its question mark."""
    pairs = parse_qsl(query[:1000], keep_blank_values=True)[:20]
    shown = [(name, HIDDEN if _SECRET.search(name) or _EMAIL.fullmatch(text) else text) for name, text in pairs]
    return clean(f"?{urlencode(shown, safe='•@:/,')}") if shown else ""


def kept_path(path: str) -> str:
    """A path without people's addresses."""
    return "/".join(HIDDEN if _EMAIL.fullmatch(part) else part for part in clean(path)[:500].split("/"))


def clean(text: str) -> str:
    """The text as the database can keep it."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _masked(value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        return "…"
    if isinstance(value, dict):
        return {clean(name)[:100]: _member(name, inside, depth) for name, inside in value.items()}
    if isinstance(value, list):
        return [_masked(inside, depth + 1) for inside in value[:200]]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, str):
        return HIDDEN if _EMAIL.fullmatch(value) else clean(value)
    return value


def _member(name: str, value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if _SECRET.search(name) and not isinstance(value, dict | list):
        return HIDDEN
    if name in _WHOLE:
        return HIDDEN
    if name.endswith("url") and isinstance(value, str):
        parts = urlsplit(clean(value).replace("[", "").replace("]", ""))
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/…"
    return _masked(value, depth + 1)
