"""`/alipay/agreements/<code>`: where a buyer reads what may be deducted, and agrees or does not."""

import json

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from sandbox.simulator import fields
from sandbox.simulator.alipay import agreements, answers
from sandbox.simulator.context import require_same_site, store

blueprint = Blueprint("alipay_agreements", __name__, url_prefix="/alipay/agreements")
STATUS = {"requested": "pending", "NORMAL": "active", "STOP": "paused", "UNSIGN": "ended", "declined": "declined"}
UNITS = {"DAY": "day", "MONTH": "month"}


@blueprint.get("/<code>")
def page(code: str) -> str:
    with store().transaction() as db:
        row = agreements.by_code(db, code)
        merchant = db.execute("SELECT name FROM merchants WHERE merchant_id = ?", (row["app_id"],)).fetchone()
    order = json.loads(row["request"])
    rule = order.get("period_rule_params")
    return render_template(
        "agreement.html",
        status=STATUS[row["status"]],
        number=row["agreement_no"],
        reference=row["external_no"],
        return_url=row["return_url"],
        currency="CNY",
        merchant_name=merchant["name"],
        buyer_name=order.get("external_logon_id", ""),
        largest=answers.minor(rule["single_amount"]) if rule else None,
        every=_every(str(rule["period"]), UNITS[rule["period_type"]]) if rule else None,
        first_on=rule["execute_time"] if rule else None,
    )


@blueprint.post("/<code>")
def decide(code: str) -> Response:
    """Sends the buyer back to the merchant; one that ended on its page stays there."""
    require_same_site()
    action = request.form.get("action", "")
    with store().transaction() as db:
        row = agreements.by_code(db, code)
        if action != "leave":
            agreements.decide(db, row, action)
    if action in ("sign", "decline", "leave"):
        return redirect(fields.url(dict(row), "return_url"), 303)
    return redirect(url_for("alipay_agreements.page", code=code), 303)


def _every(count: str, unit: str) -> str:
    return unit if count == "1" else f"{count} {unit}s"
