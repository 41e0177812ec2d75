"""`/alipay/gateway.do`: every method of Alipay's that we pretend. Pages lead the buyer on, calls get signed JSON."""

import json
import time
from typing import Any

from flask import Blueprint, Response, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from sandbox.simulator import bills, calls, fields, misbehave, payments, scripts
from sandbox.simulator.alipay import agreements, answers, apps, keys, trades
from sandbox.simulator.alipay.answers import Refused
from sandbox.simulator.alipay.methods import METHODS
from sandbox.simulator.context import holder, store
from sandbox.simulator.misbehave import Reply
from sandbox.simulator.store import Database, Row

SIGN = "alipay.user.agreement.page.sign"
blueprint = Blueprint("alipay", __name__, url_prefix="/alipay")
PAGES = ("alipay.trade.page.pay", "alipay.trade.wap.pay", SIGN)
JSON = "application/json;charset=utf-8"
# What they say no with → what their payments page or their API calls it.
WORDS = {
    "number_reused": "ACQ.CONTEXT_INCONSISTENT",
    "payment_closed": "ACQ.TRADE_HAS_CLOSE",
    "bill_not_ready": "isp.bill_not_exist",
}


@blueprint.route("/gateway.do", methods=["GET", "POST"])
def gateway() -> BaseResponse:
    values = _parameters()
    return _page(values) if values.get("method") in PAGES else _call(values)


@blueprint.get("/qr/<code>")
def scan(code: str) -> BaseResponse:
    """What the QR code holds: scanning begins the trade."""
    with store().transaction() as db:
        payment = trades.open_scanned(db, code)
    return redirect(url_for("buyer_pages.pay", trade_no=payment["trade_no"]), 302)


@blueprint.get("/downloadBillFile.resource")
def bill_file() -> Response:
    """A day's bill, for whoever has the address."""
    with store().transaction() as db:
        _, content = bills.stored(db, request.args.get("token", ""))
    return Response(content, content_type="application/zip")


def _page(values: dict[str, str]) -> BaseResponse:
    """The buyer's browser comes with the merchant's signed request: only now the trade, or the agreement, is opened."""
    try:
        with store().transaction() as db:
            call = _authenticated(db, values)
            if values["method"] == SIGN:
                code = agreements.begin(db, call)["code"]
                _log(db, values, "sign", calls.Answer(302, f"/alipay/agreements/{code}"))
                return redirect(url_for("alipay_agreements.page", code=code), 302)
            payment, is_new = payments.open_payment(db, call.app["app_id"], trades.read_fields(call, scene="web"))
            if is_new and scripts.take(db, "pay", payment["out_trade_no"], without=("decline",)):
                payments.approve(db, payment)
            _log(db, values, "page", calls.Answer(302, f"/pay/{payment['trade_no']}"))
    except Refused as refused:
        raise fields.Refusal(400, refused.sub_code, f"{refused.sub_code}: {refused.sub_msg}") from refused
    return redirect(url_for("buyer_pages.pay", trade_no=payment["trade_no"]), 302)


def _call(values: dict[str, str]) -> Response:
    """Authenticates the caller, acts in one transaction, logs, and answers as the script says."""
    started = time.perf_counter()
    operation, action = METHODS.get(values.get("method", ""), ("unknown", None))
    script: scripts.Script | None = None
    app: Row | None = None
    reply: Reply | None = None

    def act() -> Reply:
        with store().transaction() as db:
            try:
                call = _authenticated(db, values, script)
                if action is None:
                    raise answers.arguments("isv.invalid-method", "There is no such method.")
                return _signed(values, call.app, trades.SUCCESS | action(db, call))
            except Refused as refused:
                return _signed(values, app, refused.body())
            except fields.Refusal as refusal:
                code = WORDS.get(refusal.code, "ACQ.INVALID_PARAMETER" if operation != "bill" else "invalid_arguments")
                return _signed(values, app, Refused(code, refusal.message).body())

    try:
        with store().transaction() as db:
            app = apps.find(db, values.get("app_id", ""))
            script = scripts.take(db, operation, _number(values) or values.get("app_id")) if app is not None else None
        reply = misbehave.answer(script, act, hold=holder())
    finally:
        duration_ms = int((time.perf_counter() - started) * 1000)
        text = reply.body()[: calls.MAX_TEXT_LENGTH].decode(errors="replace") if reply else "no response"
        with store().transaction() as db:
            _log(db, values, operation, calls.Answer(reply.status if reply else None, text), script, duration_ms)
    content = misbehave.drip(hold=holder()) if reply.drips else reply.body()
    response = Response(content, reply.status, content_type=reply.content_type)
    if reply.status == 302:
        response.headers["Location"] = "/"
    return response


def _parameters() -> dict[str, str]:
    """Query and form together; a name that comes twice is nobody's."""
    pairs = [*request.args.items(multi=True), *request.form.items(multi=True)]
    values = dict(pairs)
    return values if len(values) == len(pairs) else {}


def _authenticated(db: Database, values: dict[str, str], script: scripts.Script | None = None) -> trades.Call:
    """Raises: Refused unless app, signature and common parameters hold."""
    app = apps.find(db, values.get("app_id", ""))
    if app is None:
        raise answers.arguments("isv.invalid-app-id", "There is no such app.")
    if values.get("sign_type") != "RSA2" or values.get("charset", "").lower() != "utf-8":
        raise answers.arguments("isv.invalid-signature-type", "RSA2 over utf-8 only.")
    content = "&".join(f"{name}={values[name]}" for name in sorted(values) if name != "sign" and values[name])
    known = [key for key in (app["app_public_key"], app["previous_app_public_key"]) if key]
    if not any(keys.is_signed(key, content, values.get("sign", "")) for key in known):
        raise answers.arguments("isv.invalid-signature", "The signature does not fit.")
    for name in ("app_cert_sn", "alipay_root_cert_sn"):
        if app[name] is not None and values.get(name) != app[name]:
            raise answers.arguments(f"isv.missing-{name.replace('_', '-')}", f"{name} is not that of the app.")
    answers.moment(values.get("timestamp", ""))
    try:
        biz = json.loads(values.get("biz_content", ""))
    except ValueError as error:
        raise answers.arguments("isv.invalid-parameter", "biz_content is not JSON.") from error
    if not isinstance(biz, dict):
        raise answers.arguments("isv.invalid-parameter", "biz_content is no object.")
    return trades.Call(app=app, parameters=values, biz=biz, base_url=_base_url(), script=script)


def _signed(values: dict[str, str], app: Row | None, body: dict[str, Any]) -> Reply:
    """The answer as text, the signature over exactly its bytes. To an app nobody knows they answer unsigned."""
    name = values.get("method", "").replace(".", "_") + "_response" if values.get("method") else "error_response"
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    signature = f',"sign":"{keys.sign(app["private_key"], content)}"' if app is not None else ""
    if app is not None and app["alipay_cert_sn"]:
        signature = f',"alipay_cert_sn":"{app["alipay_cert_sn"]}"{signature}'
    return Reply(200, content=f'{{"{name}":{content}{signature}}}'.encode(), content_type=JSON)


def _number(values: dict[str, str]) -> str | None:
    try:
        biz = json.loads(values.get("biz_content", ""))
        found = biz.get("out_trade_no") or biz.get("out_biz_no")
    except (ValueError, AttributeError):
        return None
    return found if isinstance(found, str) else None


def _base_url() -> str:
    return str(current_app.config["PUBLIC_URL"] or request.url_root).rstrip("/")


def _log(
    db: Database,
    values: dict[str, str],
    operation: str,
    answer: calls.Answer,
    script: scripts.Script | None = None,
    duration_ms: int = 0,
) -> None:
    call = calls.Call(
        direction="in",
        operation=operation,
        merchant_id=values.get("app_id"),
        out_trade_no=_number(values),
        method=request.method,
        url=request.path,
        request=json.dumps(values, ensure_ascii=False),
        duration_ms=duration_ms,
    )
    calls.write(db, call, answer, script)
