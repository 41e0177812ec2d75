"""What scripts do: to an answer of the API, and to a notice on its way out."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.simulator.fields import Refusal
from sandbox.simulator.scripts import Script
from sandbox.simulator.signature import sign_notice

GARBAGE_ANSWERS = {
    "html": (200, "text/html", b"<html><body><h1>Scheduled maintenance</h1></body></html>"),
    "truncated": (200, "application/json", b'{"trade_no": "PP0", "status": "succ'),
    "empty": (200, "application/json", b""),
    "array": (200, "application/json", b"[]"),
    "redirect": (302, "text/plain", b""),
    "huge": (200, "application/json", b'"' + b"x" * 2_000_000 + b'"'),
}
DRIP_S, DRIPS = 0.05, 1200
GARBAGE_NOTICES = ("html", "truncated", "duplicate_keys", "float_amount", "not_utf8")
GARBAGE_KINDS = tuple(dict.fromkeys((*GARBAGE_ANSWERS, "drip", *GARBAGE_NOTICES)))


@dataclass(frozen=True)
class Reply:
    """An answer of the API; `json` unless `content` is set."""

    status: int
    json: dict[str, Any] | None = None
    content: bytes = b""
    content_type: str = "application/json"
    drips: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        return self.content if self.json is None else json.dumps(self.json).encode()


class HangUp(Exception):
    """The connection is to be cut."""


def answer(script: Script | None, act: Callable[[], Reply], *, hold: Callable[[float], object]) -> Reply:
    """Runs `act` as the script says: late, not at all, with another answer, or without one.

    `hold` sleeps, and wakes up early when the process is told to stop. Raises: HangUp.
    """
    if script is None:
        return act()
    match script.behavior:
        case "delay":
            hold(script.seconds)
        case "drop":
            raise HangUp
        case "timeout_before":
            hold(script.seconds)
            raise HangUp
        case "http_500" if script.value != "after":
            return _server_error()
    reply = act()
    match script.behavior:
        case "timeout_after":
            hold(script.seconds)
            raise HangUp
        case "http_500":
            return _server_error()
        case "garbage" if script.value == "drip":
            return replace(reply, drips=True)
        case "garbage":
            status, content_type, content = GARBAGE_ANSWERS.get(script.value or "html", GARBAGE_ANSWERS["html"])
            return Reply(status, content=content, content_type=content_type)
        case "wrong_amount" | "wrong_currency" if reply.json is not None:
            return replace(reply, json=_altered(reply.json, script))
    return reply


def drip(*, hold: Callable[[float], object]) -> Iterator[bytes]:
    """A byte now and then for a minute, and never an answer."""
    for _ in range(DRIPS):
        hold(DRIP_S)
        yield b" "


def _server_error() -> Reply:
    return Reply(500, json=Refusal(500, "internal_error", "Something went wrong.").body())


def _altered(body: dict[str, Any], script: Script) -> dict[str, Any]:
    match script.behavior:
        case "wrong_amount" if "amount" in body:
            return body | {"amount": body["amount"] + int(script.value or 1)}
        case "wrong_currency" if "currency" in body:
            return body | {"currency": script.value or ("EUR" if body["currency"] == "USD" else "USD")}
        case "wrong_merchant" if "merchant_id" in body:
            return body | {"merchant_id": script.value or "someone_else"}
    return body


def notice_message(payload: str, script: Script | None, *, key: str, now: float) -> tuple[bytes, dict[str, str]]:
    """The body and headers of one attempt. Apart from `forge`, the signature is always right."""
    behavior = script.behavior if script else ""
    body = json.dumps(_altered(json.loads(payload), script)).encode() if script else payload.encode()
    if script and behavior == "garbage":
        body = _garbled(body, script.value or "html")
    at = int(now - script.seconds) if script and behavior == "stale" else int(now)
    signature = sign_notice("forged" if behavior == "forge" else key, str(at), body)
    headers = {"X-Timestamp": str(at), "X-Signature": signature, "Content-Type": "application/json"}
    return body, headers


def _garbled(body: bytes, kind: str) -> bytes:
    match kind:
        case "truncated":
            return body[: len(body) // 2]
        case "duplicate_keys":
            return body[:-1] + b', "amount": 1}'
        case "float_amount":
            data = json.loads(body)
            return json.dumps(data | {"amount": data["amount"] + 0.5}).encode()
        case "not_utf8":
            return body[:-1] + b', "note": "\xff\xfe"}'
    return b"<html>maintenance</html>"
