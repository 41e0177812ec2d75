"""One signed request to WeChat Pay and its answer. Whatever happens out there becomes an outcome."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

import httpx

from app.core.http import outbound
from app.core.http.call_errors import explain
from app.domain.payments.channels.types import MAX_WAIT_S, Exchange, Outcome, Settings, Status, timeout_s
from app.domain.payments.channels.wechatpay import mapping, signing
from app.domain.payments.channels.wechatpay.signing import Distrusted
from app.lib.json_types import Json
from app.lib.strict_json import Unreadable, read_object, text

MAX_LOGGED_LENGTH = 8_000
MAX_FILE_BYTES = 20_000_000
Reader = Callable[[Json], Outcome]
Prover = Callable[[Mapping[str, str], bytes], None]


class NoFile(Exception):
    """A file did not come; `exchange` says how."""

    def __init__(self, why: str, exchange: Exchange) -> None:
        self.exchange = exchange
        super().__init__(why)


def call(
    settings: Settings,
    operation: str,
    method: str,
    path: str,
    body: Json | None,
    read: Reader,
    *,
    prove: Prover,
) -> Outcome:
    """Ask, and make an outcome of the answer with `read` (an answer without a body reads as an empty object), after
    `prove` has let headers and body pass."""
    content = b"" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    url = settings.get("base_url", "").rstrip("/") + path
    started = time.perf_counter()

    def seen(outcome: Outcome, http_status: int | None, response: str) -> Outcome:
        exchange = Exchange(
            operation=operation,
            method=method,
            url=url,
            request=content.decode()[:MAX_LOGGED_LENGTH],
            response=response[:MAX_LOGGED_LENGTH],
            http_status=http_status,
            duration_ms=int((time.perf_counter() - started) * 1000),
        )
        return replace(outcome, exchanges=[exchange])

    try:
        headers = _headers(settings, method, url, content)
        answer = outbound(method, url, content=content, headers=headers, timeout_s=timeout_s(settings))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return seen(Outcome(status="unknown", message=explain(error)), None, repr(error))
    try:
        outcome = _understood(operation, answer, read, prove)
    except (Unreadable, Distrusted) as error:
        outcome = Outcome(status="unknown", message=f"unusable response: {error}")
    return seen(outcome, answer.status_code, answer.content[:MAX_LOGGED_LENGTH].decode(errors="replace"))


def fetch(settings: Settings, path: str) -> tuple[bytes, Exchange]:
    """The file behind a path (of the host that calls go to), with the exchange, which keeps neither file nor token.
    They do not sign files: their hash proves them.

    Raises:
        NoFile: nothing came that could be the file.
    """
    started = time.perf_counter()
    base = urlsplit(settings["base_url"])
    url = f"{base.scheme}://{base.netloc}{path}"

    def exchange(http_status: int | None, response: str) -> Exchange:
        return Exchange(
            operation="bill_file",
            method="GET",
            url=url.partition("?")[0],
            request="",
            response=response,
            http_status=http_status,
            duration_ms=int((time.perf_counter() - started) * 1000),
        )

    try:
        headers = _headers(settings, "GET", url, b"")
        answer = outbound("GET", url, headers=headers, timeout_s=MAX_WAIT_S, most_bytes=MAX_FILE_BYTES)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise NoFile(type(error).__name__, exchange(None, type(error).__name__)) from error
    if answer.status_code != 200:
        raise NoFile(f"HTTP status {answer.status_code}", exchange(answer.status_code, ""))
    return answer.content, exchange(200, f"{len(answer.content)} bytes")


def not_sent(settings: Settings, operation: str, method: str, path: str, words: str) -> Outcome:
    """Nothing can be asked: a payment that was not begun has failed, of all others nobody knows."""
    status: Status = "failed" if operation == "create" else "unknown"
    url = settings.get("base_url", "").rstrip("/") + path
    about = Exchange(
        operation=operation, method=method, url=url, request="", response=words, http_status=None, duration_ms=0
    )
    return Outcome(status=status, decline_code="channel_misconfigured", message=words, exchanges=[about])


def _understood(operation: str, answer: httpx.Response, read: Reader, prove: Prover) -> Outcome:
    is_success = 200 <= answer.status_code < 300
    # What they refuse they do not always sign (a 401 never); an answer that has a signature must have a good one.
    if is_success or "Wechatpay-Signature" in answer.headers:
        prove(answer.headers, answer.content)
    if is_success:
        return read(read_object(answer.content) if answer.content else {})
    code = text(read_object(answer.content), "code")
    status = mapping.refusal(operation, answer.status_code, code)
    return Outcome(
        status=status,
        decline_code=mapping.decline(code) if status == "failed" else None,
        message=f"{answer.status_code} {code}"[:200],
    )


def _headers(settings: Settings, method: str, url: str, content: bytes) -> dict[str, str]:
    parts = urlsplit(url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    headers = {
        "Authorization": signing.authorization(settings, method, path, content),
        "Accept": "application/json",
        "Content-Type": "application/json",
        "User-Agent": "Bursar",  # they refuse requests without one
    }
    if settings.get("platform_keys"):
        # Which of their keys they shall sign with: the first one written.
        headers["Wechatpay-Serial"] = next(iter(signing.platform_keys(settings["platform_keys"])))
    return headers
