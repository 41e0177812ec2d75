"""`/wechat/v3/…`: what merchants call, signed both ways. Every call is logged, and misbehaves when a script says so."""

import re
import time
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from sandbox.simulator import bills, calls, fields, misbehave, payments, scripts
from sandbox.simulator.context import holder, store
from sandbox.simulator.fields import Refusal
from sandbox.simulator.misbehave import Reply
from sandbox.simulator.signature import is_fresh
from sandbox.simulator.store import Database, Row, now
from sandbox.simulator.wechat import answers, certificates, complaints, keys, merchants, notices, trades, transfers
from sandbox.simulator.wechat.answers import Refused

blueprint = Blueprint("wechat", __name__, url_prefix="/wechat")
Action = Callable[[Database, trades.Call], dict[str, Any] | None]
SCHEME = "WECHATPAY2-SHA256-RSA2048 "


@blueprint.post("/v3/pay/transactions/<any(native, h5, jsapi):product>")
def create(product: str) -> Response:
    return _run("create", _number("out_trade_no"), lambda db, call: trades.create(db, call, product))


@blueprint.get("/v3/pay/transactions/out-trade-no/<number>")
def query(number: str) -> Response:
    return _run("query", number, lambda db, call: trades.query(db, call, number))


@blueprint.post("/v3/pay/transactions/out-trade-no/<number>/close")
def close(number: str) -> Response:
    return _run("close", number, lambda db, call: trades.close(db, call, number))


@blueprint.post("/v3/refund/domestic/refunds")
def refund() -> Response:
    return _run("refund", _number("out_trade_no"), trades.refund)


@blueprint.get("/v3/refund/domestic/refunds/<number>")
def query_refund(number: str) -> Response:
    with store().transaction() as db:
        row = db.execute("SELECT out_trade_no FROM refunds WHERE out_refund_no = ?", (number,)).fetchone()
    about = row["out_trade_no"] if row else None
    return _run("query_refund", about, lambda db, call: trades.query_refund(db, call, number))


@blueprint.post("/v3/fund-app/mch-transfer/transfer-bills")
def transfer() -> Response:
    return _run("payout", transfers.ours(_number("out_bill_no") or ""), transfers.transfer)


@blueprint.get("/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/<number>")
def query_transfer(number: str) -> Response:
    return _run("query_payout", transfers.ours(number), lambda db, call: transfers.query(db, call, number))


@blueprint.get("/v3/merchant-service/complaints-v2/<number>")
def query_complaint(number: str) -> Response:
    return _run("query_dispute", number, lambda db, call: complaints.query(db, call, number))


@blueprint.post("/v3/merchant-service/complaints-v2/<number>/response")
def respond_to_complaint(number: str) -> Response:
    return _run("submit_evidence", number, lambda db, call: complaints.respond(db, call, number))


@blueprint.post("/v3/merchant-service/complaints-v2/<number>/complete")
def complete_complaint(number: str) -> Response:
    return _run("accept_dispute", number, lambda db, call: complaints.complete(db, call, number))


@blueprint.get("/v3/certificates")
def platform_certificates() -> Response:
    return _run("certificates", None, lambda db, call: certificates.listed(db, call.merchant))


@blueprint.get("/v3/bill/tradebill")
def bill() -> Response:
    return _run("bill", None, lambda db, call: trades.bill(db, call, request.args))


@blueprint.get("/v3/billdownload/file")
def bill_file() -> Response:
    """A file that was put by, for its own merchant; unsigned, as theirs are."""
    with store().transaction() as db:
        merchant = _authenticate(db)
        mchid, content = bills.stored(db, request.args.get("token", ""))
    if mchid != merchant["mchid"]:
        raise Refused(403, "NO_AUTH", "无权限")
    return Response(content, content_type="text/plain; charset=utf-8")


@blueprint.get("/h5")
def h5() -> BaseResponse:
    """The phone's browser comes; the merchant has appended the return URL to ours."""
    trade_no, back = request.args.get("prepay_id", ""), request.args.get("redirect_url")
    with store().transaction() as db:
        payments.by_trade(db, trade_no)
        if back:
            url = fields.url({"redirect_url": back}, "redirect_url")
            db.execute("UPDATE payments SET return_url = ? WHERE trade_no = ?", (url, trade_no))
    return redirect(url_for("buyer_pages.pay", trade_no=trade_no), 302)


def _run(operation: str, out_trade_no: str | None, action: Action) -> Response:
    """Authenticates the caller, acts in one transaction, logs, and answers as the script says."""
    started = time.perf_counter()
    script: scripts.Script | None = None
    merchant: Row | None = None
    signer: Row | None = None
    reply: Reply | None = None

    def act() -> Reply:
        assert merchant is not None
        with store().transaction() as db:
            try:
                answer = action(db, trades.Call(merchant, _body(), _base_url(), script))
            except Refusal as refusal:
                theirs = answers.in_their_words(refusal, operation)
                return Reply(theirs.http_status, content=_written(theirs.body()))
        return Reply(204) if answer is None else Reply(200, content=_written(answer))

    try:
        with store().transaction() as db:
            merchant = _authenticate(db)
            signer = certificates.signer(db, merchant, request.headers.get("Wechatpay-Serial", ""))
            script = scripts.take(db, operation, out_trade_no or merchant["mchid"])
        reply = misbehave.answer(script, act, hold=holder())
    except Refused as refusal:
        reply = Reply(refusal.http_status, content=_written(refusal.body()))
    finally:
        _log(operation, merchant, out_trade_no, reply, script, int((time.perf_counter() - started) * 1000))
    return _response(reply, signer)


def _response(reply: Reply, signer: Row | None) -> Response:
    """Signed, unless we do not know for whom, or something broke down."""
    content = misbehave.drip(hold=holder()) if reply.drips else reply.body()
    response = Response(content, reply.status, content_type=reply.content_type)
    if signer is not None and reply.status < 500 and not reply.drips:
        response.headers.extend(
            {name: value for name, value in notices.headers(signer, reply.body(), at=int(now())).items()
             if name != "Content-Type"}
        )  # fmt: skip
    if reply.status == 302:
        response.headers["Location"] = "/"
    return response


def _authenticate(db: Database) -> Row:
    """The merchant who signed this request. Raises: Refused 401."""
    header = request.headers.get("Authorization", "")
    parts = dict(re.findall(r'(\w+)="([^"]*)"', header.removeprefix(SCHEME)))
    merchant = merchants.find(db, parts.get("mchid", ""))
    if not header.startswith(SCHEME) or merchant is None:
        raise Refused(401, "SIGN_ERROR", "商户号不存在或签名方式错误")
    if parts.get("serial_no") != merchant["merchant_serial"]:
        raise Refused(401, "SIGN_ERROR", "证书序列号不匹配")
    if not is_fresh(parts.get("timestamp", ""), now()):
        raise Refused(401, "SIGN_ERROR", "时间戳已过期")
    path = f"{request.path}?{request.query_string.decode()}" if request.query_string else request.path
    head = f"{request.method}\n{path}\n{parts['timestamp']}\n{parts.get('nonce_str', '')}\n"
    message = head.encode() + request.get_data() + b"\n"
    if not keys.is_signed(merchant["merchant_public_key"], message, parts.get("signature", "")):
        raise Refused(401, "SIGN_ERROR", "签名错误")
    return merchant


def _body() -> dict[str, Any]:
    return fields.json_object(request.get_data() or b"{}")


def _number(name: str) -> str | None:
    try:
        value = _body().get(name)
    except Refusal:
        return None
    return value if isinstance(value, str) else None


def _written(answer: dict[str, Any]) -> bytes:
    return Reply(200, json=answer).body()


def _base_url() -> str:
    return str(current_app.config["PUBLIC_URL"] or request.url_root).rstrip("/")


def _log(
    operation: str,
    merchant: Row | None,
    out_trade_no: str | None,
    reply: Reply | None,
    script: scripts.Script | None,
    duration_ms: int,
) -> None:
    call = calls.Call(
        direction="in",
        operation=operation,
        merchant_id=merchant["mchid"] if merchant else None,
        out_trade_no=out_trade_no,
        method=request.method,
        url=request.path,
        request=request.get_data().decode(errors="replace"),
        duration_ms=duration_ms,
    )
    text = reply.body()[: calls.MAX_TEXT_LENGTH].decode(errors="replace") if reply else "no response"
    with store().transaction() as db:
        calls.write(db, call, calls.Answer(reply.status if reply else None, text), script)
