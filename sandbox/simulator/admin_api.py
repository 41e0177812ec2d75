"""`/admin`: the controls, for tests and developers on this machine."""

import json
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.simulator import (
    account_notices,
    calls,
    contracts,
    fields,
    history,
    notices,
    payments,
    payouts,
    refunds,
    scripts,
)
from sandbox.simulator.context import require_loopback, store
from sandbox.simulator.fields import Refusal
from sandbox.simulator.store import Database, Row

blueprint = Blueprint("admin_api", __name__, url_prefix="/admin")


@blueprint.before_request
def guard() -> None:
    require_loopback()
    has_form = request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
    if request.method != "GET" and has_form:
        # A page of another site can send these without asking first; JSON it cannot.
        raise Refusal(415, "json_only", "Send application/json.")


@blueprint.post("/merchants")
def register_merchant() -> tuple[Response, int]:
    data = fields.json_object(request.get_data())
    merchant_id, api_key = fields.number(data, "merchant_id"), fields.text(data, "api_key")
    name = fields.text(data, "name", default=merchant_id)
    with store().transaction() as db:
        if data.get("only_new") is True:
            # Somebody named it by hand: whose it is already, it stays.
            db.execute(
                "INSERT INTO merchants (merchant_id, api_key, name) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (merchant_id, api_key, name),
            )
            return jsonify(merchant_id=merchant_id, name=name), 201
        db.execute(
            "INSERT INTO merchants (merchant_id, api_key, name) VALUES (?, ?, ?) ON CONFLICT (merchant_id)"
            " DO UPDATE SET name = excluded.name, previous_api_key = CASE WHEN api_key = excluded.api_key"
            " THEN previous_api_key ELSE api_key END, api_key = excluded.api_key",
            (merchant_id, api_key, name),
        )
    return jsonify(merchant_id=merchant_id, name=name), 201


@blueprint.delete("/merchants/<merchant_id>/previous_key")
def drop_previous_key(merchant_id: str) -> tuple[str, int]:
    with store().transaction() as db:
        db.execute("UPDATE merchants SET previous_api_key = NULL WHERE merchant_id = ?", (merchant_id,))
    return "", 204


@blueprint.get("/merchants")
def list_merchants() -> Response:
    with store().transaction() as db:
        rows = db.execute("SELECT merchant_id, name FROM merchants ORDER BY merchant_id").fetchall()
    return jsonify(data=[dict(row) for row in rows])


@blueprint.post("/scripts")
def add_script() -> tuple[Response, int]:
    with store().transaction() as db:
        row = scripts.add(db, fields.json_object(request.get_data()))
    return jsonify(dict(row)), 201


@blueprint.get("/scripts")
def list_scripts() -> Response:
    with store().transaction() as db:
        return jsonify(data=scripts.listed(db))


@blueprint.delete("/scripts")
def clear_scripts() -> tuple[str, int]:
    with store().transaction() as db:
        db.execute("DELETE FROM scripts")
    return "", 204


@blueprint.delete("/scripts/<int:script_id>")
def remove_script(script_id: int) -> tuple[str, int]:
    with store().transaction() as db:
        db.execute("DELETE FROM scripts WHERE script_id = ?", (script_id,))
    return "", 204


@blueprint.get("/calls")
def list_calls() -> Response:
    with store().transaction() as db:
        return jsonify(data=calls.listed(db, request.args.get("out_trade_no")))


@blueprint.get("/payments/<out_trade_no>")
def read_payment(out_trade_no: str) -> Response:
    with store().transaction() as db:
        payment = _payment(db, out_trade_no)
        rows = db.execute("SELECT * FROM notices WHERE trade_no = ? ORDER BY rowid", (payment["trade_no"],))
        return jsonify(payments.show(payment) | {"notices": [_show_notice(row) for row in rows]})


@blueprint.post("/payments/<out_trade_no>/<action>")
def decide(out_trade_no: str, action: str) -> Response:
    data = fields.json_object(request.get_data() or b"{}")
    with store().transaction() as db:
        payment = _payment(db, out_trade_no)
        if "means" in data:
            payments.try_means(db, payment, fields.text(data, "means"))
        match action:
            case "approve":
                payment = payments.approve(db, payment, is_forced=data.get("force") is True)
            case "decline":
                payment = payments.decline(db, payment, fields.text(data, "code", default="card_declined"))
            case "cancel":
                payment = payments.close(db, payment, reason="buyer")
            case _:
                raise Refusal(404, "unknown_action", "approve, decline or cancel.")
        return jsonify(payments.show(payment))


@blueprint.post("/refunds/<out_refund_no>/<action>")
def decide_refund(out_refund_no: str, action: str) -> Response:
    data = fields.json_object(request.get_data() or b"{}")
    if action not in ("succeed", "fail"):
        raise Refusal(404, "unknown_action", "succeed or fail.")
    code = fields.text(data, "code", default=refunds.FAIL_CODES[0]) if action == "fail" else None
    with store().transaction() as db:
        row = db.execute("SELECT * FROM refunds WHERE out_refund_no = ?", (out_refund_no,)).fetchone()
        if row is None:
            raise Refusal(404, "refund_not_found", "There is no such refund.")
        return jsonify(refunds.show(refunds.decide(db, row, fail_code=code, is_forced=data.get("force") is True)))


@blueprint.get("/payouts/<out_payout_no>")
def read_payout(out_payout_no: str) -> Response:
    with store().transaction() as db:
        payouts.decide_due(db)
        return jsonify(payouts.show(_payout(db, out_payout_no)))


@blueprint.post("/payouts/<out_payout_no>/<action>")
def decide_payout(out_payout_no: str, action: str) -> Response:
    data = fields.json_object(request.get_data() or b"{}")
    if action not in ("succeed", "fail"):
        raise Refusal(404, "unknown_action", "succeed or fail.")
    code = fields.text(data, "code", default=payouts.FAIL_CODES[0]) if action == "fail" else None
    with store().transaction() as db:
        row = _payout(db, out_payout_no)
        return jsonify(payouts.show(payouts.decide(db, row, fail_code=code, is_forced=data.get("force") is True)))


@blueprint.post("/history")
def add_history() -> tuple[Response, int]:
    with store().transaction() as db:
        return jsonify(new=history.remember(db, fields.json_object(request.get_data()))), 201


@blueprint.post("/contracts/<out_contract_no>/<action>")
def decide_contract(out_contract_no: str, action: str) -> Response:
    """What the buyer does: sign, decline, pause, resume, end."""
    with store().transaction() as db:
        row = contracts.decide(db, contracts.anybodys(db, out_contract_no), action)
        return jsonify(contracts.show(row))


@blueprint.post("/account_notices")
def add_account_notice() -> tuple[Response, int]:
    """Make the company say something about a dispute, a contract, its payout to the bank or a bill."""
    with store().transaction() as db:
        number = account_notices.add(db, fields.json_object(request.get_data()))
    return jsonify(number=number), 201


@blueprint.post("/notices/<notice_id>/send")
def send_notice(notice_id: str) -> tuple[Response, int]:
    with store().transaction() as db:
        notices.send_again(db, notice_id)
    return jsonify(notice_id=notice_id), 202


@blueprint.post("/settings")
def change_settings() -> Response:
    """`ladder`: seconds before each attempt, or one factor for the usual ladder; `notice_timeout_s`."""
    data = fields.json_object(request.get_data())
    changed: dict[str, Any] = {}
    if "ladder" in data:
        changed["ladder"] = _ladder(data["ladder"])
    if "notice_timeout_s" in data:
        changed["notice_timeout_s"] = _seconds(data["notice_timeout_s"])
    with store().transaction() as db:
        for name, value in changed.items():
            db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, json.dumps(value)))
        return jsonify(ladder=notices.ladder(db), notice_timeout_s=notices.patience_s(db))


@blueprint.post("/reset")
def reset() -> tuple[str, int]:
    store().reset()
    return "", 204


def _payment(db: Database, out_trade_no: str) -> Row:
    payments.expire_due(db)
    row: Row | None = db.execute(
        "SELECT * FROM payments WHERE out_trade_no = ? ORDER BY created_at DESC", (out_trade_no,)
    ).fetchone()
    if row is None:
        raise Refusal(404, "payment_not_found", "There is no such payment.")
    return row


def _payout(db: Database, out_payout_no: str) -> Row:
    row: Row | None = db.execute("SELECT * FROM payouts WHERE out_payout_no = ?", (out_payout_no,)).fetchone()
    if row is None:
        raise Refusal(404, "payout_not_found", "There is no such payout.")
    return row


def _show_notice(row: Row) -> dict[str, Any]:
    names = ("notice_id", "event", "state", "attempts", "last_status", "last_error", "url")
    shown = {name: row[name] for name in names}
    return shown | {"payload": json.loads(row["payload"]), "next_at": fields.iso(row["next_at"])}


def _ladder(value: Any) -> list[float]:
    if isinstance(value, list) and 1 <= len(value) <= 50:
        return [_seconds(each) for each in value]
    factor = _seconds(value)
    return [step * factor for step in notices.LADDER_S]


def _seconds(value: Any) -> float:
    if type(value) not in (int, float) or not 0 <= value <= 1_000_000:
        raise fields.invalid("Seconds must be a number from 0.")
    return float(value)
