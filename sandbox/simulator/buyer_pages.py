"""The pages a buyer sees: pay, the QR code to scan, and the wallet app. They work without JavaScript."""

import io

import segno
from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from sandbox.simulator import fields, payments, scripts
from sandbox.simulator.context import require_same_site, store
from sandbox.simulator.store import Database, Row

blueprint = Blueprint("buyer_pages", __name__)


@blueprint.get("/pay/<trade_no>")
def pay(trade_no: str) -> str:
    return _page("pay.html", trade_no)


@blueprint.get("/app/<trade_no>")
def app(trade_no: str) -> str:
    return _page("app.html", trade_no)


@blueprint.get("/qr/<trade_no>")
def qr(trade_no: str) -> str:
    return _page("qr.html", trade_no, link=_link(trade_no))


@blueprint.get("/qr/<trade_no>/status")
def status(trade_no: str) -> Response:
    with store().transaction() as db:
        return jsonify(status=payments.by_trade(db, trade_no)["status"])


@blueprint.get("/qr/<trade_no>.svg")
def qr_svg(trade_no: str) -> Response:
    with store().transaction() as db:
        payments.by_trade(db, trade_no)
    drawing = io.BytesIO()
    segno.make(_link(trade_no), error="m", micro=False).save(
        drawing, kind="svg", scale=6, border=4, dark="#0b1f1d", light="#ffffff", xmldecl=True
    )
    return Response(drawing.getvalue(), content_type="image/svg+xml")


@blueprint.post("/pay/<trade_no>")
def decide(trade_no: str) -> BaseResponse:
    require_same_site()
    action, reason = request.form.get("action", ""), request.form.get("reason", "card_declined")
    with store().transaction() as db:
        payment = payments.by_trade(db, trade_no)
        if payment["status"] == "pending":
            _act(db, payment, action, reason)
    if payment["scene"] == "qr" and action != "leave":
        # Whoever scanned the code holds a phone; the shop is open on another screen.
        return redirect(url_for("buyer_pages.pay", trade_no=trade_no), 303)
    return redirect(payment["return_url"], 303)


def _act(db: Database, payment: Row, action: str, reason: str) -> None:
    match action:
        case "approve":
            script = scripts.take(db, "pay", payment["out_trade_no"], without=("approve",))
            if script:
                payments.decline(db, payment, script.value or "card_declined")
            else:
                payments.approve(db, payment)
        case "decline":
            if reason not in payments.DECLINE_REASONS:
                raise fields.invalid("There is no such reason.")
            payments.decline(db, payment, reason)
        case "cancel":
            payments.close(db, payment, reason="buyer")
        case "leave":
            pass
        case _:
            raise fields.invalid("approve, decline, cancel or leave.")


def _page(template: str, trade_no: str, **more: str) -> str:
    with store().transaction() as db:
        payment = payments.by_trade(db, trade_no)
        merchant = db.execute("SELECT name FROM merchants WHERE merchant_id = ?", (payment["merchant_id"],)).fetchone()
    return render_template(
        template,
        payment=payment,
        merchant_name=merchant["name"] if merchant else payment["merchant_id"],
        reasons=payments.DECLINE_REASONS,
        **more,
    )


def _link(trade_no: str) -> str:
    base = (current_app.config["PUBLIC_URL"] or request.url_root).rstrip("/")
    return f"{base}/pay/{trade_no}"
