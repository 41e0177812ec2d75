"""Checks what callers send. Everything refused becomes `Refusal`, which answers `{code, message}`."""

import base64
import json
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

MAX_AMOUNT = 99_999_999_999
NUMBER = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass
class Refusal(Exception):
    """The company says no: `http_status`, a stable `code`, and words for people."""

    http_status: int
    code: str
    message: str

    def body(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message}


def invalid(message: str) -> Refusal:
    return Refusal(422, "invalid_request", message)


def json_object(body: bytes) -> dict[str, Any]:
    """The body as an object. Raises: Refusal for anything that is not one."""
    try:
        value = json.loads(body)
    except ValueError as error:
        raise Refusal(400, "invalid_json", "The body is not JSON.") from error
    if not isinstance(value, dict):
        raise Refusal(400, "invalid_json", "The body is not a JSON object.")
    return value


def text(data: dict[str, Any], name: str, *, longest: int = 256, default: str | None = None) -> str:
    value = data.get(name, default)
    if not isinstance(value, str) or not value or len(value) > longest:
        raise invalid(f"{name} must be text of 1 to {longest} characters.")
    return value


def number(data: dict[str, Any], name: str) -> str:
    value = text(data, name, longest=64)
    if not NUMBER.fullmatch(value):
        raise invalid(f"{name} may hold letters, digits, _ and - only.")
    return value


def amount(data: dict[str, Any], name: str = "amount") -> int:
    value = data.get(name)
    if type(value) is not int or not 0 < value <= MAX_AMOUNT:
        raise invalid(f"{name} must be a whole number of minor units from 1 to {MAX_AMOUNT}.")
    return value


def currency(data: dict[str, Any]) -> str:
    value = text(data, "currency", longest=3)
    if not re.fullmatch(r"[A-Z]{3}", value):
        raise invalid("currency must be three capital letters.")
    return value


def choice(data: dict[str, Any], name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
    value = data.get(name, default)
    if value not in allowed:
        raise invalid(f"{name} must be one of {', '.join(allowed)}.")
    return str(value)


def url(data: dict[str, Any], name: str) -> str:
    value = text(data, name, longest=2048)
    if not re.match(r"https?://[^\s/]", value):
        raise invalid(f"{name} must be an http or https address.")
    return value


def moment(data: dict[str, Any], name: str) -> float:
    """ISO 8601 with an offset, as seconds since 1970."""
    try:
        value = datetime.fromisoformat(text(data, name))
    except ValueError as error:
        raise invalid(f"{name} must be an ISO 8601 time.") from error
    if value.tzinfo is None:
        raise invalid(f"{name} must carry an offset.")
    return value.timestamp()


def new_number(prefix: str) -> str:
    """A number of the company's own that nobody guesses: the prefix and 80 random bits."""
    return prefix + base64.b32encode(secrets.token_bytes(10)).decode()


def iso(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
