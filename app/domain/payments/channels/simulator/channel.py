"""Talks to Pretend Pay over signed HTTP. Its words are in docs/reference/simulator.md."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from urllib.parse import urlsplit

import httpx

from app.core import clock
from app.core import settings as app_settings
from app.core.http import MAX_ANSWER_BYTES, outbound
from app.core.http.call_errors import explain
from app.domain.payments.bills import Bill, BillRow
from app.domain.payments.channels.simulator import account_notices, answers, bills, contracts, disputes, mapping
from app.domain.payments.channels.simulator.answers import Unreadable
from app.domain.payments.channels.types import (
    TIMEOUT,
    AnyNotice,
    BillTimes,
    Capabilities,
    ContractOutcome,
    ContractRequest,
    DeductionRequest,
    DisputeOutcome,
    Evidence,
    Exchange,
    Notice,
    NoticeRefused,
    Outcome,
    PayoutRequest,
    PayRequest,
    RefundRequest,
    SettingField,
    Settings,
    Status,
    timeout_s,
)
from app.lib.json_types import Json

TOLERANCE_S = 300
MAX_LOGGED_LENGTH = 8_000
Reader = Callable[[Json], Outcome]


class SimulatorChannel:
    """Pretend Pay: the default of a test business. It has no state; settings come with every call."""

    name = "simulator"
    title = "Pretend Pay"
    capabilities = Capabilities(
        kinds=frozenset({"charge", "refund", "deduction", "withdrawal", "payout"}),
        scenes=("web", "qr", "app"),
        test_only=True,
        bills=BillTimes(zone="UTC", ready_hour=0),
    )
    settings_schema: tuple[SettingField, ...] = (
        SettingField(
            name="base_url",
            label="Address",
            kind="url",
            required=False,
            help="The URL of Pretend Pay. Leave empty for the one started with Bursar.",
        ),
        SettingField(name="merchant_id", label="Merchant id", help="Your account at Pretend Pay."),
        SettingField(name="api_key", label="API key", kind="secret", help="Signs our requests and verifies theirs."),
        SettingField(
            name="previous_api_key",
            label="Previous API key",
            kind="secret",
            required=False,
            help="For key rotation: notices signed with the old key are still accepted.",
        ),
        TIMEOUT,
    )

    def start_payment(self, settings: Settings, request: PayRequest) -> Outcome:
        """Open the payment, or find the one this reference opened."""
        body = {
            "out_trade_no": request.attempt_ref,
            "amount": request.amount.minor,
            "currency": request.amount.currency,
            "scene": request.scene,
            "subject": request.subject,
            "notify_url": request.notify_url,
            "return_url": request.return_url,
            "expires_at": request.expires_at.isoformat(),
        }

        def read(data: Json) -> Outcome:
            outcome = _payment(data, request.attempt_ref)
            return replace(outcome, action=_action(data)) if outcome.status == "pending" else outcome

        return _call(settings, "create", "POST", "/v1/payments", body, read)

    def query_payment(self, settings: Settings, attempt_ref: str) -> Outcome:
        """What became of the payment; `absent` when they do not know it."""
        return _call(settings, "query", "GET", f"/v1/payments/{attempt_ref}", None, _reader(_payment, attempt_ref))

    def close_payment(self, settings: Settings, attempt_ref: str) -> Outcome:
        """Close it; `cancelled` now, or how it ended before. `absent` closes the number itself."""
        path = f"/v1/payments/{attempt_ref}/close"
        return _call(settings, "close", "POST", path, {}, _reader(_payment, attempt_ref))

    def refund(self, settings: Settings, request: RefundRequest) -> Outcome:
        """Give back, or find the refund this reference made."""
        body = {
            "out_refund_no": request.attempt_ref,
            "out_trade_no": request.charge_ref,
            "amount": request.amount.minor,
            "currency": request.amount.currency,
            "reason": request.reason[:256] or "refund",
            "notify_url": request.notify_url,
        }
        return _call(settings, "refund", "POST", "/v1/refunds", body, _reader(_refund, request.attempt_ref))

    def query_refund(self, settings: Settings, attempt_ref: str, _charge_ref: str) -> Outcome:
        """What became of the refund; they find it by its own number."""
        path = f"/v1/refunds/{attempt_ref}"
        return _call(settings, "query_refund", "GET", path, None, _reader(_refund, attempt_ref))

    def pay_out(self, settings: Settings, request: PayoutRequest) -> Outcome:
        """Pay to the account, or find the payout this reference made."""
        body = {
            "out_payout_no": request.attempt_ref,
            "amount": request.amount.minor,
            "currency": request.amount.currency,
            "account": request.payee_account,
            "name": request.payee_name or "-",
            "reason": request.reason[:256] or "payout",
            "notify_url": request.notify_url,
        }
        return _call(settings, "payout", "POST", "/v1/payouts", body, _reader(_payout, request.attempt_ref))

    def query_pay_out(self, settings: Settings, attempt_ref: str) -> Outcome:
        """What became of the payout; `absent` when they do not know it."""
        path = f"/v1/payouts/{attempt_ref}"
        return _call(settings, "query_payout", "GET", path, None, _reader(_payout, attempt_ref))

    def start_contract(self, settings: Settings, request: ContractRequest) -> ContractOutcome:
        """Open the contract, or find the one this reference opened; the buyer agrees on their page."""
        return contracts.start(_call, settings, request)

    def query_contract(self, settings: Settings, contract_ref: str, _contract_no: str | None) -> ContractOutcome:
        """How it stands; they find it by our reference."""
        return contracts.query(_call, settings, contract_ref)

    def end_contract(self, settings: Settings, contract_ref: str, _contract_no: str | None) -> ContractOutcome:
        """End it; the buyer can as well, on their page."""
        return contracts.end(_call, settings, contract_ref)

    def deduct(self, settings: Settings, request: DeductionRequest) -> Outcome:
        """Take the money, or find what this reference took."""
        body, read = contracts.deduction(request), _reader(_payment, request.attempt_ref)
        return _call(settings, "deduct", "POST", "/v1/deductions", body, read)

    def query_dispute(self, settings: Settings, dispute_ref: str) -> DisputeOutcome:
        """How the dispute stands."""
        return disputes.query(_call, settings, dispute_ref)

    def submit_evidence(self, settings: Settings, dispute_ref: str, evidence: Evidence) -> DisputeOutcome:
        """Put the evidence before them; they review it."""
        return disputes.submit(_call, settings, dispute_ref, evidence)

    def accept_dispute(self, settings: Settings, dispute_ref: str) -> DisputeOutcome:
        """Give in: the money is lost."""
        return disputes.accept(_call, settings, dispute_ref)

    def read_notice(self, settings: Settings, headers: Mapping[str, str], body: bytes) -> AnyNotice:
        """The notice in these bytes, believed only after its signature, time, shape and merchant held.

        Raises:
            NoticeRefused: `bad_signature`, `stale`, `malformed` or `wrong_merchant`.
        """
        _verify(settings, headers, body)
        try:
            data = answers.read_object(body)
            notice = account_notices.read(answers.text(data, "event"), data) or _notice(data)
        except Unreadable as error:
            raise NoticeRefused("malformed") from error
        if notice.merchant_ref != settings.get("merchant_id"):
            raise NoticeRefused("wrong_merchant")
        return notice

    def read_bill(self, settings: Settings, day: date) -> Bill:
        """The payments and refunds of a day, UTC."""
        rows: list[BillRow] = []
        digests: list[str] = []

        def read(answer: httpx.Response) -> Outcome:
            rows.extend(bills.rows_in(answer.content, answer.headers.get(bills.PROOF, "")))
            digests.append(hashlib.sha256(answer.content).hexdigest())
            return Outcome(status="succeeded")

        said = _call(settings, "bill", "GET", f"/v1/bills/{day.isoformat()}", None, _no_object, read_file=read)
        if said.status != "succeeded":
            return Bill.without_file(day, said)
        return Bill(day=day, status="ready", rows=tuple(rows), sha256=digests[0], exchanges=said.exchanges)

    def acknowledge(self) -> tuple[bytes, int, str]:
        """Any 2xx will do for them."""
        return b'{"received": true}', 200, "application/json"


def _call(
    settings: Settings,
    operation: str,
    method: str,
    path: str,
    body: Json | None,
    read: Reader,
    *,
    read_file: Callable[[httpx.Response], Outcome] | None = None,
) -> Outcome:
    """One signed request. Whatever happens out there becomes an outcome, with the exchange attached. A success that is
    a file is read by `read_file`, and of it nothing is kept."""
    content = b"" if body is None else json.dumps(body).encode()
    base_url = (settings.get("base_url") or _beside_us()).rstrip("/")
    url = base_url + path
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

    fields = {**settings, "base_url": base_url}
    missing = [name for name in ("base_url", "merchant_id", "api_key") if not fields.get(name)]
    if missing:
        status: Status = "failed" if operation in ("create", "start_contract", "deduct") else "unknown"
        words = f"settings missing: {', '.join(missing)}"
        return seen(Outcome(status=status, decline_code="channel_misconfigured", message=words), None, words)
    try:
        headers = _signed(settings, method, urlsplit(url).path, content)
        most = bills.MAX_BYTES if read_file else MAX_ANSWER_BYTES
        patience_s = timeout_s(settings)
        answer = outbound(method, url, content=content, headers=headers, timeout_s=patience_s, most_bytes=most)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return seen(Outcome(status="unknown", message=explain(error)), None, repr(error))
    try:
        if read_file and answer.status_code == 200:
            return seen(read_file(answer), 200, f"{len(answer.content)} bytes")
        outcome = _understood(operation, answer.status_code, answers.read_object(answer.content), read)
    except Unreadable as error:
        outcome = Outcome(status="unknown", message=f"unreadable response: {error}")
    return seen(outcome, answer.status_code, answer.content[:MAX_LOGGED_LENGTH].decode(errors="replace"))


def _understood(operation: str, http_status: int, data: Json, read: Reader) -> Outcome:
    if http_status in (200, 201):
        return read(data)
    if http_status == 409 and "status" in data and operation == "close":
        return read(data)  # it ended before we could close it, and this is how
    code = answers.text(data, "code")
    status = mapping.refusal(operation, http_status, code)
    return Outcome(
        status=status,
        decline_code=mapping.decline(code) if status == "failed" else None,
        message=f"{http_status} {code}"[:200],
    )


def _no_object(_: Json) -> Outcome:
    raise Unreadable("a file was asked for")


def _reader(read: Callable[[Json, str], Outcome], ref: str) -> Reader:
    return lambda data: read(data, ref)


def _payment(data: Json, ref: str) -> Outcome:
    return _outcome(data, mapping.PAYMENT_STATUS, number="out_trade_no", ref=ref, theirs="trade_no", why="decline_code")


def _refund(data: Json, ref: str) -> Outcome:
    return _outcome(data, mapping.REFUND_STATUS, number="out_refund_no", ref=ref, theirs="refund_no", why="code")


def _payout(data: Json, ref: str) -> Outcome:
    return _outcome(data, mapping.PAYOUT_STATUS, number="out_payout_no", ref=ref, theirs="payout_no", why="code")


def _outcome(data: Json, states: Mapping[str, Status], *, number: str, ref: str, theirs: str, why: str) -> Outcome:
    """Raises Unreadable for another reference, an unlisted status, or an amount that is none."""
    if answers.text(data, number) != ref:
        raise Unreadable("it has another reference")
    status = states.get(answers.text(data, "status"))
    if status is None:
        raise Unreadable("unknown status")
    closed_by = answers.optional_text(data, "close_reason")
    closing = mapping.CLOSINGS.get(closed_by or "") if status == "cancelled" else None
    return Outcome(
        status=status,
        amount=answers.money(data),
        channel_ref=answers.text(data, theirs),
        decline_code=mapping.decline(answers.optional_text(data, why)) if status == "failed" else closing,
        message=closed_by,
        means=answers.optional_text(data, "means"),
    )


def _action(data: Json) -> Json:
    if "qr_content" in data:
        return {"type": "qr", "content": answers.page(data, "qr_content"), "url": answers.page(data, "pay_url")}
    if "app_url" in data:
        return {"type": "app", "url": answers.page(data, "app_url")}
    return {"type": "redirect", "url": answers.page(data, "pay_url")}


# what a notice is about → which of its numbers is ours, and how the rest is read
_NOTICES = {
    "charge": ("out_trade_no", _payment),
    "refund": ("out_refund_no", _refund),
    "payout": ("out_payout_no", _payout),
}


def _notice(data: Json) -> Notice:
    known = mapping.EVENTS.get(answers.text(data, "event"))
    if known is None or answers.text(data, "status") != known[1]:
        raise Unreadable("event and status do not fit")
    operation = known[0]
    number, read = _NOTICES[operation]
    ref = answers.text(data, number)
    if operation != "charge":
        data = data | {"code": data.get("decline_code")}
    return Notice(
        external_id=answers.text(data, "notice_id"),
        operation=operation,
        our_ref=ref,
        merchant_ref=answers.text(data, "merchant_id"),
        outcome=read(data, ref),
    )


def _signed(settings: Settings, method: str, path: str, content: bytes) -> dict[str, str]:
    timestamp = _timestamp()
    signature = _hex(settings["api_key"], f"{timestamp}.{method}.{path}.".encode() + content)
    return {
        "X-Merchant": settings["merchant_id"],
        "X-Timestamp": timestamp,
        "X-Signature": signature,
        "Content-Type": "application/json",
    }


def _verify(settings: Settings, headers: Mapping[str, str], body: bytes) -> None:
    """Raises NoticeRefused. Signature first: of a forger's notice nothing else is worth a look."""
    fields = {name.lower(): value for name, value in headers.items()}
    timestamp, signature = fields.get("x-timestamp", ""), fields.get("x-signature", "")
    keys = [settings.get(name) or "" for name in ("api_key", "previous_api_key")]
    message = timestamp.encode() + b"." + body
    matches = [hmac.compare_digest(_hex(key, message).encode(), signature.encode()) for key in keys if key]
    if not any(matches):
        raise NoticeRefused("bad_signature")
    is_number = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12
    if not is_number or abs(int(timestamp) - int(_timestamp())) > TOLERANCE_S:
        raise NoticeRefused("stale")


def _beside_us() -> str:
    try:
        return app_settings.current().simulator_url
    except app_settings.BadSettings:
        return ""


def _timestamp() -> str:
    """Seconds by the database's clock: the company does not follow when ours is moved for a test."""
    return str(int(clock.real_s()))


def _hex(key: str, message: bytes) -> str:
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()
