"""One signed call of Alipay's gateway. Whatever happens out there becomes an outcome, with the exchange attached."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx

from app.core import clock
from app.core.http import outbound
from app.core.http.call_errors import explain
from app.domain.payments.channels.alipay import answers, certificates, keys, mapping
from app.domain.payments.channels.alipay.answers import Unreadable
from app.domain.payments.channels.types import MAX_WAIT_S, Exchange, Outcome, Settings, timeout_s
from app.lib.json_types import Json

MAX_LOGGED_LENGTH = 8_000
MAX_FILE_BYTES = 20_000_000
# Their clocks show the time of China, whatever ours do.
CHINA = timezone(timedelta(hours=8))
REQUIRED = ("base_url", "app_id", "app_private_key", "alipay_public_key", "seller_id")
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}

Fields = dict[str, str]
Business = Mapping[str, Any]
Reader = Callable[[Json], Outcome]


class Misconfigured(ValueError):
    """The account's settings do not do: nothing was sent."""


class NoFile(Exception):
    """A file did not come; `exchange` says how."""

    def __init__(self, why: str, exchange: Exchange) -> None:
        self.exchange = exchange
        super().__init__(why)


def call(settings: Settings, operation: str, method: str, biz: Business, read: Reader, **more: str) -> Outcome:
    """Ask, and hear what `read` makes of a success. `operation` is our word: create, query, close, …"""
    started = time.perf_counter()
    url, content = settings.get("base_url", ""), ""

    def seen(outcome: Outcome, http_status: int | None, response: str) -> Outcome:
        exchange = Exchange(
            operation=operation,
            method="POST",
            url=url,
            request=content[:MAX_LOGGED_LENGTH],
            response=response[:MAX_LOGGED_LENGTH],
            http_status=http_status,
            duration_ms=int((time.perf_counter() - started) * 1000),
        )
        return replace(outcome, exchanges=[exchange])

    try:
        fields = signed(settings, method, biz, **more)
        content = urlencode({"biz_content": fields.pop("biz_content")})
        # As their own libraries do it: what is about the call in the address, what is about the business in the body.
        url = f"{url}?{urlencode(fields)}"
        answer = outbound("POST", url, content=content.encode(), headers=FORM, timeout_s=timeout_s(settings))
    except Misconfigured as error:
        return seen(misconfigured(operation, error), None, str(error))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return seen(Outcome(status="unknown", message=explain(error)), None, repr(error))
    try:
        if answer.status_code != 200:
            raise Unreadable(f"HTTP status {answer.status_code}")
        outcome = _understood(settings, operation, method, answer.content, read)
    except Unreadable as error:
        outcome = Outcome(status="unknown", message=f"unreadable response: {error}")
    return seen(outcome, answer.status_code, answer.content[:MAX_LOGGED_LENGTH].decode(errors="replace"))


def fetch(settings: Settings, named: str) -> tuple[bytes, Exchange]:
    """The file that they put by under an address, with the exchange, which keeps neither file nor token. Of the address
    only what stands behind the host is used: files come from where the settings say.

    Raises:
        NoFile: nothing came that could be the file.
    """
    started, where = time.perf_counter(), urlsplit(named)
    url = f"{files_at(settings)}{where.path}"

    def exchange(http_status: int | None, response: str) -> Exchange:
        return Exchange(
            operation="bill_file",
            method="GET",
            url=url,
            request="",
            response=response,
            http_status=http_status,
            duration_ms=int((time.perf_counter() - started) * 1000),
        )

    try:
        address = f"{url}?{where.query}"
        answer = outbound("GET", address, timeout_s=MAX_WAIT_S, most_bytes=MAX_FILE_BYTES)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise NoFile(type(error).__name__, exchange(None, type(error).__name__)) from error
    if answer.status_code != 200:
        raise NoFile(f"HTTP status {answer.status_code}", exchange(answer.status_code, ""))
    return answer.content, exchange(200, f"{len(answer.content)} bytes")


def files_at(settings: Settings) -> str:
    """Where their files are fetched from, which is not where calls go to."""
    if settings.get("bill_url"):
        return settings["bill_url"].rstrip("/")
    ours = urlsplit(settings["base_url"])
    for domain in ("alipay.com", "alipaydev.com"):
        if (ours.hostname or "").endswith(f".{domain}"):
            return f"https://dwbillcenter.{domain}"
    return f"{ours.scheme}://{ours.netloc}"


def signed(settings: Settings, method: str, biz: Business, **more: str) -> Fields:
    """Everything that goes with one request, signature included. `more`: notify_url, return_url.

    Raises:
        Misconfigured: a setting is missing, or a key is none.
    """
    missing = [name for name in REQUIRED if not settings.get(name)]
    if missing:
        raise Misconfigured(f"settings missing: {', '.join(missing)}")
    if not settings["base_url"].startswith(("https://", "http://")):
        raise ValueError("base_url is no web address")
    fields = {
        "app_id": settings["app_id"],
        "method": method,
        "format": "JSON",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": china(datetime.fromtimestamp(clock.real_s(), UTC)),
        "version": "1.0",
        "biz_content": json.dumps(biz, ensure_ascii=False, separators=(",", ":")),
        **more,
    }
    try:
        fields |= certificates.named(settings)
        keys.check(settings["app_private_key"], settings["alipay_public_key"])
        fields["sign"] = keys.signature(settings["app_private_key"], fields)
    except (keys.BadKey, certificates.BadCertificate) as error:
        raise Misconfigured(f"a key or certificate cannot be used: {error}") from error
    return fields


def misconfigured(operation: str, error: Misconfigured) -> Outcome:
    """What cannot be started has failed; everything else stays open until the settings are right."""
    if operation in ("create", "sign", "deduct"):
        return Outcome(status="failed", decline_code="channel_misconfigured", message=str(error))
    return Outcome(status="unknown", decline_code="channel_misconfigured", message=str(error))


def their_keys(settings: Settings) -> list[str]:
    """The public keys that speak for Alipay, the one before the last change included."""
    return [settings.get(name) or "" for name in ("alipay_public_key", "previous_alipay_public_key")]


def china(moment: datetime) -> str:
    """The moment as clocks in China show it."""
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


def _understood(settings: Settings, operation: str, method: str, body: bytes, read: Reader) -> Outcome:
    parts, sign = answers.envelope(body)
    name = method.replace(".", "_") + "_response"
    data, content = parts.get(name) or parts.get("error_response") or ({}, "")
    code, sub_code = str(data.get("code", "")), str(data.get("sub_code", ""))
    is_proven = bool(content) and keys.is_signed(their_keys(settings), content, sign)
    # To an app that they do not know they answer unsigned. That they did not begin is believed all the same: it
    # moves no money, and a success that came after all would be noticed.
    if not is_proven and not (operation == "create" and not sign and code in mapping.NEVER_BEGUN):
        raise Unreadable("the signature does not fit")
    if is_proven and (code == mapping.SUCCESS or (operation, code) == ("deduct", mapping.NOT_YET)):
        return read(data)
    status = mapping.refusal(operation, code, sub_code)
    return Outcome(
        status=status,
        decline_code=mapping.decline(code, sub_code) if status == "failed" else None,
        message=f"{code} {sub_code}"[:200],
    )
