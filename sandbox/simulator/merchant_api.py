"""`/v1`: what merchants call, signed. Every call is logged, and misbehaves when a script says so."""

import hashlib
import time
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, request

from sandbox.simulator import (
    bills,
    calls,
    contracts,
    disputes,
    fields,
    misbehave,
    payments,
    payouts,
    refunds,
    scripts,
    signature,
)
from sandbox.simulator.context import holder, store
from sandbox.simulator.fields import Refusal
from sandbox.simulator.misbehave import Reply
from sandbox.simulator.store import Database, now

blueprint = Blueprint("merchant_api", __name__, url_prefix="/v1")
Action = Callable[[Database, str, scripts.Script | None], Reply]


@blueprint.post("/payments")
def create_payment() -> Response:
    body = request.get_data()

    def act(db: Database, merchant_id: str, script: scripts.Script | None) -> Reply:
        if script and script.behavior == "decline":
            raise Refusal(402, script.value or "channel_closed", "The payment was refused.")
        payment, is_new = payments.open_payment(db, merchant_id, fields.json_object(body))
        pay = scripts.take(db, "pay", payment["out_trade_no"], without=("decline",)) if is_new else None
        if pay:
            payment = payments.approve(db, payment)
        return Reply(201 if is_new else 200, json=payments.show(payment) | _payment_methods(payment))

    return _run("create", _number_in(body, "out_trade_no"), act)


@blueprint.get("/payments/<out_trade_no>")
def query_payment(out_trade_no: str) -> Response:
    def act(db: Database, merchant_id: str, _: scripts.Script | None) -> Reply:
        return Reply(200, json=payments.show(payments.require(db, merchant_id, out_trade_no)))

    return _run("query", out_trade_no, act)


@blueprint.post("/payments/<out_trade_no>/close")
def close_payment(out_trade_no: str) -> Response:
    def act(db: Database, merchant_id: str, script: scripts.Script | None) -> Reply:
        if script and script.behavior == "decline":
            raise Refusal(409, script.value or "close_not_allowed", "The payment cannot be closed.")
        payment = payments.by_number(db, merchant_id, out_trade_no)
        if payment is None:
            payments.close_number(db, merchant_id, out_trade_no)
            return Reply(404, json=Refusal(404, "payment_not_found", "It will not be opened any more.").body())
        if payment["status"] in ("succeeded", "failed"):
            return Reply(409, json=payments.show(payment) | {"code": f"payment_{payment['status']}"})
        return Reply(200, json=payments.show(payments.close(db, payment, reason="merchant")))

    return _run("close", out_trade_no, act)


@blueprint.post("/refunds")
def create_refund() -> Response:
    body = request.get_data()

    def act(db: Database, merchant_id: str, script: scripts.Script | None) -> Reply:
        behavior, value = (script.behavior, script.value) if script else ("", None)
        fail_code = (value or refunds.FAIL_CODES[0]) if behavior == "decline" else None
        decides_at = now() + script.seconds if script and behavior == "pending" else None
        refund, is_new = refunds.open_refund(
            db, merchant_id, fields.json_object(body), fail_code=fail_code, decides_at=decides_at
        )
        return Reply(201 if is_new else 200, json=refunds.show(refund))

    return _run("refund", _number_in(body, "out_trade_no"), act)


@blueprint.get("/refunds/<out_refund_no>")
def query_refund(out_refund_no: str) -> Response:
    def act(db: Database, merchant_id: str, _: scripts.Script | None) -> Reply:
        return Reply(200, json=refunds.show(refunds.require(db, merchant_id, out_refund_no)))

    with store().transaction() as db:
        row = db.execute("SELECT out_trade_no FROM refunds WHERE out_refund_no = ?", (out_refund_no,)).fetchone()
    return _run("query_refund", row["out_trade_no"] if row else None, act)


@blueprint.post("/payouts")
def create_payout() -> Response:
    body = request.get_data()

    def act(db: Database, merchant_id: str, script: scripts.Script | None) -> Reply:
        behavior, value = (script.behavior, script.value) if script else ("", None)
        fail_code = (value or payouts.FAIL_CODES[0]) if behavior == "decline" else None
        decides_at = now() + script.seconds if script and behavior == "pending" else None
        data = fields.json_object(body)
        payout, is_new = payouts.open_payout(db, merchant_id, data, fail_code=fail_code, decides_at=decides_at)
        return Reply(201 if is_new else 200, json=payouts.show(payout))

    return _run("payout", _number_in(body, "out_payout_no"), act)


@blueprint.get("/payouts/<out_payout_no>")
def query_payout(out_payout_no: str) -> Response:
    def act(db: Database, merchant_id: str, _: scripts.Script | None) -> Reply:
        return Reply(200, json=payouts.show(payouts.require(db, merchant_id, out_payout_no)))

    return _run("query_payout", out_payout_no, act)


@blueprint.post("/contracts")
def create_contract() -> Response:
    body = request.get_data()

    def act(db: Database, merchant_id: str, script: scripts.Script | None) -> Reply:
        if script and script.behavior == "decline":
            raise Refusal(402, script.value or "channel_closed", "The contract was refused.")
        contract, is_new = contracts.open_contract(db, merchant_id, fields.json_object(body))
        return Reply(201 if is_new else 200, json=contracts.show(contract) | _sign_url(contract))

    return _run("start_contract", _number_in(body, "out_contract_no"), act)


@blueprint.get("/contracts/<out_contract_no>")
def query_contract(out_contract_no: str) -> Response:
    def act(db: Database, merchant_id: str, _: scripts.Script | None) -> Reply:
        contract = contracts.require(db, merchant_id, out_contract_no)
        return Reply(200, json=contracts.show(contract) | _sign_url(contract))

    return _run("query_contract", out_contract_no, act)


@blueprint.post("/contracts/<out_contract_no>/end")
def end_contract(out_contract_no: str) -> Response:
    def act(db: Database, merchant_id: str, script: scripts.Script | None) -> Reply:
        if script and script.behavior == "decline":
            raise Refusal(409, script.value or "end_not_allowed", "The contract cannot be ended.")
        ended = contracts.end(db, contracts.require(db, merchant_id, out_contract_no))
        return Reply(200, json=contracts.show(ended))

    return _run("end_contract", out_contract_no, act)


@blueprint.post("/deductions")
def create_deduction() -> Response:
    body = request.get_data()

    def act(db: Database, merchant_id: str, script: scripts.Script | None) -> Reply:
        payment = contracts.deduct(db, merchant_id, fields.json_object(body), script)
        return Reply(200, json=payments.show(payment))

    return _run("deduct", _number_in(body, "out_trade_no"), act)


@blueprint.get("/disputes/<dispute_no>")
def query_dispute(dispute_no: str) -> Response:
    def act(db: Database, merchant_id: str, _: scripts.Script | None) -> Reply:
        return Reply(200, json=disputes.show(disputes.require(db, merchant_id, dispute_no)))

    return _run("query_dispute", dispute_no, act)


@blueprint.post("/disputes/<dispute_no>/evidence")
def submit_evidence(dispute_no: str) -> Response:
    body = request.get_data()

    def act(db: Database, merchant_id: str, script: scripts.Script | None) -> Reply:
        row = disputes.require(db, merchant_id, dispute_no)
        return Reply(200, json=disputes.show(disputes.submit(db, row, fields.json_object(body), script)))

    return _run("submit_evidence", dispute_no, act)


@blueprint.post("/disputes/<dispute_no>/accept")
def accept_dispute(dispute_no: str) -> Response:
    def act(db: Database, merchant_id: str, script: scripts.Script | None) -> Reply:
        if script and script.behavior == "decline":
            raise Refusal(409, script.value or "accept_not_allowed", "The dispute cannot be accepted.")
        return Reply(200, json=disputes.show(disputes.accept(db, disputes.require(db, merchant_id, dispute_no))))

    return _run("accept_dispute", dispute_no, act)


@blueprint.get("/bills/<day>")
def bill(day: str) -> Response:
    def act(db: Database, merchant_id: str, script: scripts.Script | None) -> Reply:
        if script and script.behavior == "gone":
            raise Refusal(404, "bill_not_ready", "There is no bill of this day yet.")
        content = bills.write_bill(bills.lines(db, merchant_id, day, script=script)).encode()
        proof = {"X-Content-SHA256": hashlib.sha256(content).hexdigest()}
        kind = "text/csv; charset=utf-8"
        return Reply(200, content=bills.damaged(content, script), content_type=kind, headers=proof)

    return _run("bill", None, act)


def _run(operation: str, out_trade_no: str | None, action: Action) -> Response:
    """Authenticates the caller, acts in one transaction, logs, and answers as the script says."""
    started = time.perf_counter()
    script: scripts.Script | None = None
    merchant_id: str | None = None

    def act() -> Reply:
        with store().transaction() as db:
            try:
                return action(db, merchant_id or "", script)
            except Refusal as refusal:
                return Reply(refusal.http_status, json=refusal.body())

    reply: Reply | None = None
    try:
        with store().transaction() as db:
            merchant_id = _authenticate(db)
            script = scripts.take(db, operation, out_trade_no or merchant_id)
        reply = misbehave.answer(script, act, hold=holder())
    except Refusal as refusal:
        reply = Reply(refusal.http_status, json=refusal.body())
    finally:
        call = calls.Call(
            direction="in",
            operation=operation,
            merchant_id=merchant_id,
            out_trade_no=out_trade_no,
            method=request.method,
            url=request.path,
            request=request.get_data().decode(errors="replace"),
            duration_ms=int((time.perf_counter() - started) * 1000),
        )
        text = reply.body()[: calls.MAX_TEXT_LENGTH].decode(errors="replace") if reply else "no response"
        with store().transaction() as db:
            calls.write(db, call, calls.Answer(reply.status if reply else None, text), script)
    content = misbehave.drip(hold=holder()) if reply.drips else reply.body()
    response = Response(content, reply.status, content_type=reply.content_type, headers=reply.headers)
    if reply.status == 302:
        response.headers["Location"] = "/"
    return response


def _authenticate(db: Database) -> str:
    """The merchant who signed this request. Raises: Refusal 401."""
    merchant_id = request.headers.get("X-Merchant", "")
    timestamp = request.headers.get("X-Timestamp", "")
    header = request.headers.get("X-Signature", "")
    merchant = db.execute("SELECT * FROM merchants WHERE merchant_id = ?", (merchant_id,)).fetchone()
    if merchant is None:
        raise Refusal(401, "unknown_merchant", "This merchant is not registered.")
    if not signature.is_fresh(timestamp, now()):
        raise Refusal(401, "stale_timestamp", "X-Timestamp is more than five minutes off.")
    for key in (merchant["api_key"], merchant["previous_api_key"]):
        if key and signature.is_same(
            signature.sign_request(key, timestamp, request.method, request.path, request.get_data()), header
        ):
            return merchant_id
    raise Refusal(401, "invalid_signature", "X-Signature does not fit.")


def _number_in(body: bytes, name: str) -> str | None:
    try:
        value = fields.json_object(body).get(name)
    except Refusal:
        return None
    return value if isinstance(value, str) else None


def _sign_url(contract: Any) -> dict[str, str]:
    base = (current_app.config["PUBLIC_URL"] or request.url_root).rstrip("/")
    return {"sign_url": f"{base}/contract/{contract['contract_no']}"} if contract["status"] == "pending" else {}


def _payment_methods(payment: Any) -> dict[str, str]:
    base = (current_app.config["PUBLIC_URL"] or request.url_root).rstrip("/")
    trade_no = payment["trade_no"]
    match payment["scene"]:
        case "qr":
            return {"pay_url": f"{base}/qr/{trade_no}", "qr_content": f"{base}/pay/{trade_no}"}
        case "app":
            return {"pay_url": f"{base}/app/{trade_no}", "app_url": f"{base}/app/{trade_no}"}
    return {"pay_url": f"{base}/pay/{trade_no}"}
