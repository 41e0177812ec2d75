"""`/setup/<session_id>`: where a buyer saves a card for later payments."""

import json

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from sandbox.simulator.context import require_same_site, store
from sandbox.simulator.stripe import mandates

blueprint = Blueprint("stripe_setup", __name__, url_prefix="/setup")
STATUS = {"open": "pending", "complete": "active", "expired": "declined", "detached": "ended"}


@blueprint.get("/<number>")
def page(number: str) -> str:
    with store().transaction() as db:
        row = mandates.setup(db, number)
        merchant = db.execute("SELECT name FROM merchants WHERE merchant_id = ?", (row["account_id"],)).fetchone()
    return render_template(
        "agreement.html",
        status=STATUS[row["status"]],
        number=row["method"],
        reference=row["reference"],
        return_url=row["return_url"],
        merchant_name=merchant["name"],
        buyer_name="",
        largest=None,
        currency=json.loads(row["request"])["currency"].upper(),
    )


@blueprint.post("/<number>")
def decide(number: str) -> Response:
    """Sends the buyer back to the merchant."""
    require_same_site()
    action = request.form.get("action", "")
    with store().transaction() as db:
        row = mandates.setup(db, number)
        if action != "leave":
            mandates.decide(db, row, action)
    return redirect(row["return_url"], 303)
