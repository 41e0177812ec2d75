"""Stripe's official library over our own way out. It is loaded when it is first needed: whoever has no account there
need not wait for it or hold it in memory."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import httpx
import stripe

from app.core.http import MAX_ANSWER_BYTES, outbound
from app.core.http.call_errors import explain
from app.domain.payments.channels.stripe.errors import NoAnswer, Refused
from app.domain.payments.channels.types import MIN_WAIT_S, Exchange, Settings, timeout_s
from app.lib.json_types import Json
from app.lib.strict_json import Unreadable, optional_text, read_object

# One operation may take several requests, but no more time than so many of them that are slow.
SLOW_ONES = 3
MAX_LOGGED_LENGTH = 8_000
# What our reading was written for. A newer library must not change what is said behind our back.
API_VERSION = "2026-10-28.endive"
# With it the buyer's browser could go on with a payment; nobody who reads the log shall.
CLIENT_SECRET = re.compile(r"(_secret_)[A-Za-z0-9]+")
# Who the buyer is and lives is for Stripe to keep.
PRIVATE = ("customer_details", "customer_email", "collected_information", "shipping_details", "receipt_email")
# What the library sends besides (its own name, this machine's, how long the last call took) is not their business.
SENT = ("Authorization", "Idempotency-Key", "Content-Type", "Stripe-Version")

stripe.enable_telemetry = False


class StripeHttpClient(stripe.HTTPClient):
    """One operation at Stripe: the library's HTTP client over `core.http`, and what went over the wire."""

    name = "bursar"

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.exchanges: list[Exchange] = []
        self.operation = ""
        self._timeout_s = timeout_s(settings)
        self._ends = time.monotonic() + self._timeout_s * SLOW_ONES
        self._answer: Json = {}
        self._client = stripe.StripeClient(
            settings["secret_key"],
            base_addresses={"api": settings["base_url"].rstrip("/").removesuffix("/v1")},
            stripe_version=API_VERSION,
            http_client=self,
            max_network_retries=0,
        )

    def call(self, operation: str, send: Callable[[Any], object]) -> Json:
        """What they answered to `send`, which is given the library's services, read strictly.

        Raises:
            Refused, NoAnswer, Unreadable
        """
        self.operation, self._answer = operation, {}
        try:
            send(self._client.v1)
        except stripe.StripeError as error:
            status = error.http_status or 0
            if not 400 <= status < 500 or status == 409:
                raise NoAnswer(f"{status} {error.code or ''}".strip()) from error
            raise self._refused(status) from error
        except (AttributeError, LookupError, TypeError) as error:
            raise Unreadable("their library cannot read it") from error
        return self._answer

    def note_found(self, found: Json | None, among: int) -> None:
        """Leave in the log, of the list that was answered last, what was looked for: others are not its business."""
        shown = {name: value for name, value in (found or {}).items() if name not in PRIVATE}
        text = json.dumps(shown) if found is not None else f"none of {among}"
        self.exchanges[-1] = replace(self.exchanges[-1], response=CLIENT_SECRET.sub(r"\1***", text[:MAX_LOGGED_LENGTH]))

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, *, _usage: Any = None
    ) -> tuple[str, int, Mapping[str, str]]:
        """What the library calls for every request."""
        sent = {name: value for name, value in (headers or {}).items() if name in SENT} | {"User-Agent": "Bursar"}
        content = (post_data or "").encode()
        started, left_s = time.perf_counter(), self._ends - time.monotonic()
        if left_s < MIN_WAIT_S:
            raise NoAnswer("it takes too long")
        try:
            wait_s = min(self._timeout_s, left_s)
            answer = outbound(method.upper(), url, content=content, headers=sent, timeout_s=wait_s)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            self._keep(method, url, content, repr(error), None, started)
            raise NoAnswer(explain(error)) from error
        text = answer.content.decode(errors="replace")
        self._keep(method, url, content, text, answer.status_code, started)
        if 200 <= answer.status_code < 300 or answer.status_code in range(400, 500):
            self._answer = read_object(answer.content, max_bytes=MAX_ANSWER_BYTES, keep_fractions=True)
        return text, answer.status_code, dict(answer.headers)

    def _refused(self, status: int) -> Refused:
        error = self._answer.get("error")
        if not isinstance(error, dict):
            raise Unreadable("a refusal without a reason")
        kind, code = optional_text(error, "type") or "", optional_text(error, "code")
        if status in (401, 403, 429):
            # Whatever was asked for: we were not let in, or came too often.
            kind = code = "rate_limit" if status == 429 else f"http_{status}"
        return Refused(kind, code or kind, f"{status} {code or kind}"[:200])

    def _keep(self, method: str, url: str, content: bytes, text: str, http_status: int | None, started: float) -> None:
        exchange = Exchange(
            operation=self.operation,
            method=method.upper(),
            url=url,
            request=content.decode()[:MAX_LOGGED_LENGTH],
            response=CLIENT_SECRET.sub(r"\1***", text[:MAX_LOGGED_LENGTH]),
            http_status=http_status,
            duration_ms=int((time.perf_counter() - started) * 1000),
        )
        self.exchanges.append(exchange)


def is_signed(secret: str, header: str, body: bytes) -> bool:
    """Whether the header proves the body, with this secret. Raises Unreadable when the body is no text."""
    try:
        return bool(stripe.WebhookSignature.verify_header(body, header, secret))
    except stripe.SignatureVerificationError:
        return False
    except UnicodeDecodeError as error:
        raise Unreadable("not UTF-8") from error
