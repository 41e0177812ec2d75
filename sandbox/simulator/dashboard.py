"""`/`: a dashboard for developers. Payments, notices and their recipients, and a form to break things."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from sandbox.simulator import calls, misbehave, notices, payments, refunds, scripts
from sandbox.simulator.context import require_loopback, require_same_site, store
from sandbox.simulator.fields import Refusal
from sandbox.simulator.store import Database

blueprint = Blueprint("dashboard", __name__)
SHOWN = 50


@blueprint.before_request
def guard() -> None:
    require_loopback()
    if request.method == "POST":
        require_same_site()


@blueprint.get("/")
def home() -> str:
    with store().transaction() as db:
        return _home(db)


@blueprint.get("/payments/<trade_no>")
def payment(trade_no: str) -> str:
    with store().transaction() as db:
        found = payments.by_trade(db, trade_no)
        rows = db.execute("SELECT * FROM notices WHERE trade_no = ? ORDER BY rowid", (trade_no,)).fetchall()
        given_back = db.execute("SELECT * FROM refunds WHERE trade_no = ? ORDER BY created_at", (trade_no,)).fetchall()
        received = calls.listed(db, found["out_trade_no"])
    return render_template("payment.html", payment=found, notices=rows, refunds=given_back, calls=received)


@blueprint.post("/notices/<notice_id>/send")
def send_notice(notice_id: str) -> BaseResponse:
    with store().transaction() as db:
        notices.send_again(db, notice_id)
        row = db.execute("SELECT trade_no FROM notices WHERE notice_id = ?", (notice_id,)).fetchone()
    return redirect(url_for("dashboard.payment", trade_no=row["trade_no"]), 303)


@blueprint.post("/scripts")
def add_script() -> BaseResponse | tuple[str, int]:
    form = request.form
    operation, _, behavior = form.get("failure", "").partition(".")
    data: dict[str, Any] = {"operation": operation, "behavior": behavior, "value": form.get("value", "")}
    times = form.get("times", "").strip()
    if times:
        data["times"] = int(times) if times.isascii() and times.isdigit() else times
    if number := form.get("out_trade_no", "").strip():
        data |= {"scope": "payment", "out_trade_no": number}
    try:
        with store().transaction() as db:
            scripts.add(db, data)
    except Refusal as refusal:
        with store().transaction() as db:
            return _home(db, error=refusal.message), 422
    return redirect(url_for("dashboard.home", _anchor="scripts"), 303)


@blueprint.post("/scripts/<int:script_id>/remove")
def remove_script(script_id: int) -> BaseResponse:
    with store().transaction() as db:
        db.execute("DELETE FROM scripts WHERE script_id = ?", (script_id,))
    return redirect(url_for("dashboard.home", _anchor="scripts"), 303)


@blueprint.post("/scripts/clear")
def clear_scripts() -> BaseResponse:
    with store().transaction() as db:
        db.execute("DELETE FROM scripts")
    return redirect(url_for("dashboard.home", _anchor="scripts"), 303)


def _home(db: Database, *, error: str | None = None) -> str:
    payments.expire_due(db)
    refunds.decide_due(db)
    recent = db.execute("SELECT * FROM payments ORDER BY created_at DESC, trade_no LIMIT ?", (SHOWN,)).fetchall()
    values: dict[str, list[Any]] = {row["trade_no"]: [] for row in recent}
    query = (
        "SELECT * FROM notices WHERE trade_no IN"
        " (SELECT trade_no FROM payments ORDER BY created_at DESC, trade_no LIMIT ?) ORDER BY rowid"
    )
    for row in db.execute(query, (SHOWN,)):
        values[row["trade_no"]].append(row)
    return render_template(
        "dashboard.html",
        payments=recent,
        notices=values,
        scripts=scripts.listed(db),
        behaviors=scripts.BEHAVIORS,
        garbage_kinds=misbehave.GARBAGE_KINDS,
        error=error,
        form=request.form,
    )
