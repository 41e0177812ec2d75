"""The one way out: every call has a timeout and none is made while a transaction is open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from app.core import context, db

_client: httpx.Client | None = None


def outbound(
    method: str,
    url: str,
    *,
    timeout_s: float,
    json: Any = None,
    content: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Call the outside. Redirects are not followed and the environment's proxies are not used.

    Raises:
        httpx.HTTPError: nothing usable came back (timeout, refused, cut off).
        RuntimeError: a phase is open; a call inside one would hold its locks for as long as the other side likes.
    """
    if db.in_phase():
        raise RuntimeError("no outbound call inside a phase")
    sent = dict(headers or {})
    if request_id := context.current().get("request_id"):
        sent.setdefault("X-Request-Id", request_id)
    return _shared().request(method, url, json=json, content=content, headers=sent, timeout=timeout_s)


def _shared() -> httpx.Client:
    global _client
    if _client is None:
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=20)
        _client = httpx.Client(follow_redirects=False, trust_env=False, limits=limits)
    return _client
