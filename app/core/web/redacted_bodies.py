"""What may be kept of a body that travelled: short JSON, without secrets and without people's addresses."""

from __future__ import annotations

import json
import math
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from app.lib.masking import masked

MAX_BYTES = 8 * 1024
HIDDEN = "•••"
_DEEPEST = 20
# Members whose texts are nobody's business, wherever they stand; those in _WHOLE with all that is inside.
_SECRET = re.compile(r"secret|password|token|signature|authorization|licen[cs]e|iban|card|phone|email", re.IGNORECASE)
_WHOLE = frozenset({"payee", "keys", "value", "values", "codes", "settings"})
# What buyers are called, by which their wallets open, and codes that are worth money.
_NAMES = re.compile(r"^((buyer|counter)_reference|(shared|coupon)_code)$")
# What a checkout asks for (`collect_email`) is nobody's address.
_REACHES = re.compile(r"_reference$|^(?!collect_).*(email|phone)")
# Members that are somebody, with all that is inside but for the country.
_PEOPLE = frozenset({"buyer", "shipping_address", "billing_details"})
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")


def kept(content: bytes | None, *, hidden: frozenset[str] = frozenset()) -> dict[str, Any] | None:
    """The JSON object in these bytes, masked, and what is called as one of `hidden` too; None when there is none, or it
    is too long."""
    if not content or len(content) > MAX_BYTES:
        return None
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return _masked(found, 0, hidden) if isinstance(found, dict) else None


def without_buyers(value: Any) -> Any:
    """A body of ours without what buyers are called and how they are reached, for who may not read that."""
    if isinstance(value, list):
        return [without_buyers(inside) for inside in value]
    if not isinstance(value, dict):
        return value
    return {name: _without(name, inside) for name, inside in value.items()}


def _without(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        if name in _PEOPLE and isinstance(value, dict):
            return {inner: masked(str(each)) if each and inner != "country" else each for inner, each in value.items()}
        if name == "custom_fields" and isinstance(value, list):
            return [_unanswered(each) for each in value]
        if name == "payee" and isinstance(value, dict):
            return {inner: HIDDEN if each else each for inner, each in value.items()}
        return without_buyers(value)
    return masked(value) if _REACHES.search(name) or _EMAIL.fullmatch(value) else value


def _unanswered(field: Any) -> Any:
    """A question of the checkout without what the buyer answered."""
    if not isinstance(field, dict) or not field.get("answer"):
        return field
    return {**field, "answer": masked(str(field["answer"]))}


def kept_query(query: str) -> str:
    """A query string, masked; with its question mark."""
    pairs = parse_qsl(query[:1000], keep_blank_values=True)[:20]
    shown = [(name, _text(name, text, frozenset({"code"}))) for name, text in pairs]
    return clean(f"?{urlencode(shown, safe='•@:/,')}") if shown else ""


def kept_path(path: str, route: str = "") -> str:
    """A path without people's addresses, and without what its route calls a buyer's name."""
    parts, names = clean(path)[:500].split("/"), route.split("/")
    hidden = {at for at, name in enumerate(names) if name.strip("{}") == "buyer_reference"}
    return "/".join(HIDDEN if at in hidden or _EMAIL.fullmatch(part) else part for at, part in enumerate(parts))


def clean(text: str) -> str:
    """The text as the database can keep it."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _masked(value: Any, depth: int, hidden: frozenset[str]) -> Any:
    if depth > _DEEPEST:
        return "…"
    if isinstance(value, dict):
        return {clean(name)[:100]: _member(name, inside, depth, hidden) for name, inside in value.items()}
    if isinstance(value, list):
        return [_masked(inside, depth + 1, hidden) for inside in value[:200]]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, str):
        return _text("", value, hidden)
    return value


def _member(name: str, value: Any, depth: int, hidden: frozenset[str]) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if _SECRET.search(name) and not isinstance(value, dict | list):
        return HIDDEN
    if name in _WHOLE:
        return HIDDEN
    if isinstance(value, str):
        return _text(name, value, hidden)
    return _masked(value, depth + 1, hidden | {"reference"} if name == "buyer" else hidden)


def _text(name: str, value: str, hidden: frozenset[str]) -> str:
    if name in hidden or _SECRET.search(name) or _NAMES.search(name) or _EMAIL.fullmatch(value):
        return HIDDEN
    if name.endswith("url"):
        parts = urlsplit(clean(value).replace("[", "").replace("]", ""))
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/…"
    return clean(value)
