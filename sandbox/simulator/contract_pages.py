"""`/contract/<contract_no>`: where a buyer reads what may be deducted, and agrees or does not."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from sandbox.simulator import contracts
from sandbox.simulator.context import require_same_site, store

blueprint = Blueprint("contract_pages", __name__, url_prefix="/contract")


@blueprint.get("/<contract_no>")
def page(contract_no: str) -> str:
    with store().transaction() as db:
        row = contracts.by_no(db, contract_no)
        merchant = db.execute("SELECT name FROM merchants WHERE merchant_id = ?", (row["merchant_id"],)).fetchone()
    count, _, unit = row["every"].partition(" ")
    return render_template(
        "agreement.html",
        status=row["status"],
        number=row["contract_no"],
        reference=row["out_contract_no"],
        return_url=row["return_url"],
        merchant_name=merchant["name"],
        buyer_name=row["buyer"],
        largest=row["largest"],
        currency=row["currency"],
        every=unit if count == "1" else f"{count} {unit}s",
        first_on=row["first_on"],
    )


@blueprint.post("/<contract_no>")
def decide(contract_no: str) -> Response:
    """Sends the buyer back to the merchant; one that ended on its page stays there."""
    require_same_site()
    action = request.form.get("action", "")
    with store().transaction() as db:
        row = contracts.by_no(db, contract_no)
        if action != "leave":
            contracts.decide(db, row, action)
    if action in ("sign", "decline", "leave"):
        return redirect(row["return_url"], 303)
    return redirect(url_for("contract_pages.page", contract_no=contract_no), 303)
