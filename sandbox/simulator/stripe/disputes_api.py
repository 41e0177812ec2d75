"""`/stripe/v1/disputes`: a dispute of Pretend Pay, retrieved, answered and closed."""

from typing import Any

from flask import Response

from sandbox.simulator import disputes
from sandbox.simulator.fields import Refusal
from sandbox.simulator.store import Database, Row
from sandbox.simulator.stripe import account_events, forms, objects
from sandbox.simulator.stripe.api import NOTHING, Address, Call, blueprint, run

EVIDENCE = frozenset({"submit", "evidence.*"})


@blueprint.get("/v1/disputes/<number>")
def retrieve_dispute(number: str) -> Response:
    def act(db: Database, call: Call) -> dict[str, Any]:
        return _shown(_row(db, call, number))

    return run(Address("query_dispute", NOTHING, act, lambda _, __: [_number(number)]))


@blueprint.post("/v1/disputes/<number>")
def update_dispute(number: str) -> Response:
    def act(db: Database, call: Call) -> dict[str, Any]:
        row, evidence = _row(db, call, number), forms.part(call.parameters, "evidence")
        if call.parameters.get("submit") not in ("true", "True"):
            return _shown(row)
        said = {"explanation": evidence.get("uncategorized_text"), **evidence}
        return _decided(lambda: disputes.submit(db, row, said, call.script))

    return run(Address("submit_evidence", EVIDENCE, act, lambda _, __: [_number(number)]))


@blueprint.post("/v1/disputes/<number>/close")
def close_dispute(number: str) -> Response:
    def act(db: Database, call: Call) -> dict[str, Any]:
        row = _row(db, call, number)
        return _decided(lambda: disputes.accept(db, row))

    return run(Address("accept_dispute", NOTHING, act, lambda _, __: [_number(number)]))


def _decided(work: Any) -> dict[str, Any]:
    try:
        return _shown(work())
    except Refusal as refusal:
        raise objects.Refused(400, None, refusal.message) from refusal


def _number(number: str) -> str:
    return number.removeprefix("dp_")


def _row(db: Database, call: Call, number: str) -> Row:
    try:
        return disputes.require(db, call.account["account_id"], _number(number))
    except Refusal as refusal:
        raise objects.Refused(404, "resource_missing", f"No such dispute: '{number}'") from refusal


def _shown(row: Row) -> dict[str, Any]:
    """The dispute with what was withdrawn for it, and given back."""
    said = {name: value for name, value in dict(row).items() if value is not None}
    currency = row["currency"].lower()
    moved = []
    if row["taken"]:
        moved.append({"amount": -row["taken"], "fee": row["fee"], "net": -row["taken"] - row["fee"]})
        if row["status"] == "won":
            moved.append({"amount": row["taken"], "fee": 0, "net": row["taken"]})
    shown = [{"object": "balance_transaction", "currency": currency, "type": "adjustment", **each} for each in moved]
    return account_events.dispute(said) | {"balance_transactions": shown, "is_charge_refundable": not row["taken"]}
