"""A client for Bursar's JSON interface in one file, with nothing but Python 3.11's own library.

    bursar = Client("https://pay.example.com", os.environ["BURSAR_SECRET_KEY"])
    order = bursar.post("/v1/orders", {"line_items": [...], "buyer": {"reference": "customer-41"}})

Copy it into your project and change it as you like, or make a client from /openapi.json with a generator.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

VERSION = "2026-11-22"  # the version of the API that this was written for
TRIES = 4
PASSING = ("rate_limited", "idempotency_in_flight")
OLDEST_S = 300  # webhooks that were signed longer ago are not believed


class BursarError(Exception):
    """What Bursar refused, or that it could not be reached. Decide by `code`; `request_id` finds it in the log."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status, self.code = status, str(problem.get("code", "unreachable"))
        self.request_id, self.problem = problem.get("request_id"), dict(problem)
        super().__init__(f"{status} {self.code}: {problem.get('detail', '')}")


class Client:
    """Calls the API. A request that may have been lost is sent again under the same Idempotency-Key, so that nothing
    is done twice."""

    def __init__(self, url: str, key: str, *, timeout_s: float = 30) -> None:
        self._url, self._key, self._timeout_s = url.rstrip("/"), key, timeout_s

    def get(self, path: str, **query: Any) -> Any:
        """Read something."""
        asked = urllib.parse.urlencode({name: value for name, value in query.items() if value is not None})
        return self._call("GET", f"{path}?{asked}" if asked else path, None, None)

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, idempotency_key: str | None = None) -> Any:
        """Do something, once: keep `idempotency_key` with your own record to go on after your program died."""
        return self._call("POST", path, body, idempotency_key or str(uuid.uuid4()))

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        """Change something."""
        return self._call("PATCH", path, body, None)

    def delete(self, path: str) -> Any:
        """Remove something."""
        return self._call("DELETE", path, None, None)

    def every(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Everything in a list, page after page."""
        cursor = None
        while True:
            page = self.get(path, cursor=cursor, limit=100, **query)
            yield from page["data"]
            cursor = page["next_cursor"]
            if not page["has_more"]:
                return

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None, idempotency_key: str | None) -> Any:
        headers = {"Authorization": f"Bearer {self._key}", "Bursar-Version": VERSION, "User-Agent": "bursar-example/1"}
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        content = None
        if body is not None:
            content, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        for number in range(1, TRIES + 1):
            request = urllib.request.Request(self._url + path, content, headers, method=method)  # noqa: S310
            try:
                with urllib.request.urlopen(request, timeout=self._timeout_s) as answer:  # noqa: S310
                    told = answer.read()
                    return json.loads(told) if told else None
            except urllib.error.HTTPError as error:
                again_s, problem = error.headers.get("Retry-After"), _problem(error)
                if number == TRIES or not (error.code >= 500 or problem.code in PASSING):
                    raise problem from None
                time.sleep(float(again_s) if again_s else 2.0**number / 4)
            except OSError as error:  # no answer: nobody knows whether it was done
                if number == TRIES:
                    raise BursarError(0, {"detail": str(error)}) from error
                time.sleep(2.0**number / 4)
        raise AssertionError("not reached")


def verify_webhook(headers: Mapping[str, str], body: bytes, secret: str) -> dict[str, Any]:
    """The event in a webhook, when it was signed with this `whsec_…` less than five minutes ago.

    Raises:
        ValueError: it was not; answer 400.
    """
    said = {name.lower(): value for name, value in headers.items()}
    stamp, message_id = said.get("webhook-timestamp", ""), said.get("webhook-id", "")
    if not stamp.isdecimal() or abs(time.time() - int(stamp)) > OLDEST_S:
        raise ValueError("signed too long ago, or not at all")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{stamp}.".encode() + body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = [each.partition(",")[2] for each in said.get("webhook-signature", "").split() if each.startswith("v1,")]
    if not any(hmac.compare_digest(wanted, each) for each in given):
        raise ValueError("signed by somebody else")
    event: dict[str, Any] = json.loads(body)
    return event


def _problem(error: urllib.error.HTTPError) -> BursarError:
    try:
        return BursarError(error.code, json.loads(error.read()))
    except ValueError:
        return BursarError(error.code, {"code": "unreadable", "detail": error.reason})
