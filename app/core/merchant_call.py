"""Calling a merchant's own system: signed as Standard Webhooks says, held to the open network, with a plain verdict.
One that fails too often is left in peace for a while, and costs nobody else any time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
import uuid
from dataclasses import dataclass
from typing import Any, Literal

import httpx

from app.core import addresses, breaker, strict_json
from app.core.http import outbound

TIMEOUT_S = 10.0
# A call that hangs costs as much as so many that fail at once: the second is the last.
_HANGING = 4
# What the merchant may say yes or no with; every other answer says nothing.
NOT_NOW = frozenset({408, 425, 429})


@dataclass(frozen=True)
class Answer:
    """What came back. `refused` is a definite no; `unknown` may have been done or not. `body` is the answer's JSON
    object when it had one."""

    verdict: Literal["accepted", "refused", "unknown"]
    http_status: int | None
    body: dict[str, Any] | None
    error: str | None


def call(
    url: str, secret: str, *, business_id: uuid.UUID, message_id: str, body: dict[str, Any], force: bool = False
) -> Answer:
    """POST the body to a system of this business, also to one that is to be left in peace when it has to be (`force`).
    `message_id` is the same at every try, so that the other side can tell a repetition."""
    system = f"system:{business_id}:{'/'.join(url.split('/', 3)[:3])}"
    if not force and not breaker.current().admit(system)[0]:
        # A try like every other: whoever waits for this system gives up when it would have, had it been asked.
        return Answer("unknown", None, None, "The system failed too often and is left in peace for a while.")
    content = json.dumps(body, separators=(",", ":"), sort_keys=True).encode()
    weight = 1
    try:
        pinned = addresses.pin(url)
        headers = {"Host": pinned.host, "Content-Type": "application/json", **sign(secret, message_id, content)}
        answer = _read(
            outbound(
                "POST", pinned.url, content=content, headers=headers, timeout_s=TIMEOUT_S, certificate_of=pinned.name
            )
        )
    except (httpx.HTTPError, addresses.AddressRefused, OSError, UnicodeError) as error:
        weight = _HANGING if isinstance(error, httpx.TimeoutException) else 1
        answer = Answer("unknown", None, None, f"{type(error).__name__}: {error}"[:300])
    breaker.current().report(system, is_good=answer.verdict != "unknown", weight=weight)
    return answer


def sign(secret: str, message_id: str, content: bytes) -> dict[str, str]:
    """The three headers: id, Unix time in seconds, `v1,` and the HMAC-SHA256 over `id.time.body` in base64."""
    stamp = str(int(time.time()))  # not our movable clock: the other side compares it with its own
    signed = hmac.new(key_of(secret), f"{message_id}.{stamp}.".encode() + content, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }


def new_secret() -> str:
    """A secret to sign with: `whsec_` and 32 random bytes in base64."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def key_of(secret: str) -> bytes:
    """The key inside `whsec_…`.

    Raises:
        ValueError: this is no such secret.
    """
    head, _, body = secret.partition("_")
    key = base64.b64decode(body, validate=True) if head == "whsec" else b""
    if len(key) < 24:
        raise ValueError("a signing secret is whsec_ and at least 24 bytes in base64")
    return key


def _read(answer: httpx.Response) -> Answer:
    status = answer.status_code
    try:
        body: dict[str, Any] | None = strict_json.read_object(answer.content)
    except strict_json.Unreadable:
        body = None
    if 200 <= status < 300:
        return Answer("accepted", status, body, None)
    if 400 <= status < 500 and status not in NOT_NOW:
        return Answer("refused", status, body, f"The system answered {status}.")
    return Answer("unknown", status, body, f"The system answered {status}.")
