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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import httpx

from app.core import clock, settings
from app.core.errors import Invalid
from app.core.http import outbound
from app.core.http.call_errors import explain
from app.core.limits import breaker, bulkhead
from app.lib import strict_json
from app.lib.destinations import Destinations, NotAllowed
from app.lib.json_types import Json

TIMEOUT_S = 10.0
FRESH_S = 300.0  # a signed message that is older is a recording
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
    body: Json | None
    error: str | None


def call(url: str, secret: str, *, business_id: uuid.UUID, message_id: str, body: Json, force: bool = False) -> Answer:
    """POST the body to a system of this business, also to one that is to be left in peace when it has to be (`force`).
    `message_id` is the same at every try, so that the other side can tell a repetition."""
    system = f"system:{business_id}:{'/'.join(url.split('/', 3)[:3])}"
    if not force and not breaker.current().admit(system)[0]:
        # A try like every other: whoever waits for this system gives up when it would have, had it been asked.
        return Answer("unknown", None, None, "The system failed too often and is paused for a while.")
    content = json.dumps(body, separators=(",", ":"), sort_keys=True).encode()
    with bulkhead.current().slot("system", business_id, system) as has_slot:
        if not has_slot:
            return Answer("unknown", None, None, "Too many calls to the merchant's systems wait for an answer.")
        answer, weight = _post_json(url, secret, message_id, content)
    breaker.current().report(system, is_good=answer.verdict != "unknown", weight=weight)
    return answer


def is_stuck(business_id: uuid.UUID) -> bool:
    """Whether so many calls to systems of this business hang that another would not be made."""
    return bulkhead.current().is_stuck("system", business_id)


def _post_json(url: str, secret: str, message_id: str, content: bytes) -> tuple[Answer, int]:
    """What came back, and how much a failure counts."""
    weight = 1
    try:
        headers = {"Content-Type": "application/json", **sign(secret, message_id, content)}
        answer = _read(outbound("POST", url, content=content, headers=headers, timeout_s=TIMEOUT_S, to=_anywhere()))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        weight = _HANGING if isinstance(error, httpx.TimeoutException) else 1
        answer = Answer("unknown", None, None, explain(error))
    return answer, weight


@dataclass(frozen=True)
class CallResult:
    """How a message was taken: the status and the beginning of what came with it, or why nothing came."""

    http_status: int | None
    headers: dict[str, str]
    text: str
    error: str | None
    duration_ms: int
    has_hung: bool = False

    @property
    def is_taken(self) -> bool:
        """Whether the other side says that it has the message. A redirect is not followed, and is no yes."""
        return self.http_status is not None and 200 <= self.http_status < 300


def post(url: str, content: bytes, headers: dict[str, str], *, keep_bytes: int) -> CallResult:
    """POST a message, made already, to a system of a merchant's, and keep the beginning of the answer."""
    began_s = time.monotonic()
    sent = {**headers, "Content-Type": "application/json", "Accept-Encoding": "identity"}
    try:
        about: Json = {"most_bytes": keep_bytes, "cut": True}
        answer = outbound("POST", url, content=content, headers=sent, timeout_s=TIMEOUT_S, to=_anywhere(), **about)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        has_hung = isinstance(error, httpx.TimeoutException)
        return CallResult(None, {}, "", explain(error), _since(began_s), has_hung)
    text = answer.content.decode("utf-8", "replace").replace("\x00", "\ufffd")
    error_text = None if 200 <= answer.status_code < 300 else f"The endpoint answered {answer.status_code}."
    return CallResult(answer.status_code, dict(answer.headers), text, error_text, _since(began_s))


def check_url(url: str) -> None:
    """Whether a merchant may give us this URL at all; nothing is looked up.

    Raises:
        Invalid: the message says what is wrong.
    """
    try:
        _anywhere().check(url)
    except NotAllowed as refused:
        raise Invalid("invalid_url", f"{refused}.", details={"param": "url"}) from refused


def _anywhere() -> Destinations:
    """Merchants' systems are anywhere on the open network, at the ports that this installation allows."""
    known = settings.current()
    return Destinations("merchants", None, ports=known.webhook_ports, is_near=known.private_addresses)


def _since(began_s: float) -> int:
    return int((time.monotonic() - began_s) * 1000)


def sign(secret: str, message_id: str, content: bytes, *, also: Sequence[str] = ()) -> dict[str, str]:
    """The three headers: id, Unix time in seconds, `v1,` and the HMAC-SHA256 over `id.time.body` in base64, one such
    signature for each secret that counts (`also`: those on their way out)."""
    stamp = str(int(clock.real_s()))  # not our movable clock: the other side compares it with its own
    text = f"{message_id}.{stamp}.".encode() + content
    signed = [hmac.new(key_of(each), text, hashlib.sha256).digest() for each in (secret, *also)]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(each).decode()}" for each in signed),
    }


def is_signed(secret: str, headers: Mapping[str, str], content: bytes) -> bool:
    """Whether a message that came in was signed by `sign` with this secret, less than FRESH_S ago. `headers` have their
    names in lower case."""
    message_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        return False
    if abs(clock.real_s() - int(stamp)) > FRESH_S:
        return False
    expected = hmac.new(key_of(secret), f"{message_id}.{stamp}.".encode() + content, hashlib.sha256).digest()
    given = headers.get("webhook-signature", "")[:2000].split()
    text = f"v1,{base64.b64encode(expected).decode()}"
    return any(hmac.compare_digest(each.encode(), text.encode()) for each in given)


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
        body: Json | None = strict_json.read_object(answer.content)
    except strict_json.Unreadable:
        body = None
    if 200 <= status < 300:
        return Answer("accepted", status, body, None)
    if 400 <= status < 500 and status not in NOT_NOW:
        return Answer("refused", status, body, f"The system answered {status}.")
    return Answer("unknown", status, body, f"The system answered {status}.")
