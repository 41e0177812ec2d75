"""What is answered in the application's place, as a problem document or a page."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from http import HTTPStatus

from prometheus_client import Counter

from app.core.ids import new_id, show

REFUSED = Counter("bursar_front_refused_total", "Requests that never reached a thread.", ["code"])

JSON_PREFIXES = ("/v1", "/sdk/", "/callbacks/", "/openapi.json", "/healthz", "/readyz", "/metrics")


@dataclass(frozen=True)
class Refusal:
    """Answer this. `closes`: what is still to come of the request will not be read."""

    status: int
    code: str
    title: str
    detail: str
    retry_after_s: int | None = None
    closes: bool = False


class Refused(Exception):
    """The request goes no further."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


TOO_SLOW = Refusal(408, "request_timeout", "Request too slow", "The request did not arrive in time.", closes=True)
TOO_LARGE = Refusal(
    413,
    "body_too_large",
    "Body too large",
    "The body is too large for this endpoint. JSON can be up to 256 kB.",
    closes=True,
)
HEAD_TOO_LARGE = Refusal(
    431, "head_too_large", "Headers too large", "The headers of the request are too many or too long.", closes=True
)
BAD_REQUEST = Refusal(400, "bad_request", "Bad request", "The request could not be read as HTTP.", closes=True)
BUSY = Refusal(
    503,
    "unavailable",
    "Temporarily unavailable",
    "Too much is going on just now; try again in a moment.",
    retry_after_s=2,
)
BUSY_BEFORE_BODY = replace(BUSY, closes=True)
TOO_MANY_UPLOADS = Refusal(
    503,
    "unavailable",
    "Temporarily unavailable",
    "Too many files are being sent just now; try again in a moment.",
    retry_after_s=5,
    closes=True,
)
UNKNOWN_SENDER = Refusal(
    401,
    "unauthenticated",
    "Not authenticated",
    "A file is taken from who is signed in, or sends a valid key: Authorization: Bearer sk_test_…",
    closes=True,
)
NO_ROOM = Refusal(
    503,
    "storage",
    "Storage full",
    "There is currently no room for the file. Try again later.",
    retry_after_s=60,
    closes=True,
)

Headers = list[tuple[bytes, bytes]]

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title></head>
<body><h1>{title}</h1><p>{detail}</p><p>Request <code>{request_id}</code></p></body></html>
"""


def written(refusal: Refusal, *, path: str, public_url: str) -> tuple[int, Headers, bytes]:
    """Status, headers and body of the answer: JSON where programs call, a page elsewhere."""
    REFUSED.labels(refusal.code).inc()
    request_id = show("req", new_id())
    headers = [(b"cache-control", b"no-store"), (b"x-request-id", request_id.encode())]
    if path.startswith(JSON_PREFIXES):
        document = {
            "type": f"{public_url}/docs/errors#{refusal.code}",
            "title": refusal.title,
            "status": refusal.status,
            "detail": refusal.detail,
            "code": refusal.code,
            "request_id": request_id,
        }
        body, kind = json.dumps(document).encode(), b"application/problem+json"
    else:
        page = _PAGE.format(title=refusal.title, detail=refusal.detail, request_id=request_id)
        body, kind = page.encode(), b"text/html; charset=utf-8"
        headers.append((b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"))
    headers += [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    headers.append((b"x-content-type-options", b"nosniff"))
    if refusal.retry_after_s is not None:
        headers.append((b"retry-after", str(refusal.retry_after_s).encode()))
    if refusal.status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="bursar"'))
    if path.startswith("/sdk/"):  # says nothing about anybody, and the page that asked may know
        headers.append((b"access-control-allow-origin", b"*"))
        headers.append((b"access-control-expose-headers", b"X-Request-Id, Retry-After"))
    if refusal.closes:
        headers.append((b"connection", b"close"))
    return refusal.status, headers, body


def as_bytes(refusal: Refusal, *, public_url: str) -> bytes:
    """The whole answer on the wire, for a connection whose request could not be read so far as to have a path."""
    status, headers, body = written(refusal, path="/v1", public_url=public_url)
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()
    return head + b"".join(name + b": " + value + b"\r\n" for name, value in headers) + b"\r\n" + body
