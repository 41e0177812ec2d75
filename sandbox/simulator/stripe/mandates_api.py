"""`/stripe/v1/setup_intents`, `/payment_methods`, and PaymentIntents without the buyer."""

from typing import Any

from flask import Response, request

from sandbox.simulator.store import Database, Row
from sandbox.simulator.stripe import forms, mandates, objects
from sandbox.simulator.stripe.api import NOTHING, Address, Call, blueprint, run


@blueprint.get("/v1/setup_intents/<number>")
def retrieve_setup(number: str) -> Response:
    def act(db: Database, call: Call) -> dict[str, Any]:
        return mandates.setup_intent(db, call.account, number)

    return run(Address("query_contract", NOTHING, act))


@blueprint.get("/v1/payment_methods/<number>")
def retrieve_method(number: str) -> Response:
    def act(db: Database, call: Call) -> dict[str, Any]:
        return mandates.method(db, call.account, number)

    return run(Address("query_contract", NOTHING, act, lambda db, account: mandates.references(db, account, number)))


@blueprint.post("/v1/payment_methods/<number>/detach")
def detach_method(number: str) -> Response:
    def act(db: Database, call: Call) -> dict[str, Any]:
        return mandates.detach(db, call.account, number)

    return run(Address("end_contract", NOTHING, act, lambda db, account: mandates.references(db, account, number)))


@blueprint.post("/v1/payment_intents")
def create_intent() -> Response:
    def act(db: Database, call: Call) -> dict[str, Any]:
        made = mandates.open_intent(db, call.account, call.parameters, call.script)
        error = made["last_payment_error"]
        if error is not None:
            raise mandates.Declined(made)
        return objects.altered(made, call.script)

    about = request.form.get("metadata[bursar_attempt]")
    return run(Address("deduct", mandates.INTENT_CALLS, act, lambda _, __: [about] if about else []))


@blueprint.get("/v1/payment_intents")
def list_intents() -> Response:
    def act(db: Database, call: Call) -> dict[str, Any]:
        rows, _, has_more = mandates.intents_listed(db, call.account, call.parameters)
        shown = [objects.altered(row, call.script) for row in rows]
        return objects.page(shown, "/v1/payment_intents", has_more=has_more)

    def about(db: Database, account: Row) -> list[str]:
        asked = forms.read(request.query_string.decode(), mandates.INTENT_QUESTIONS)
        return mandates.intents_listed(db, account, asked)[1]

    return run(Address("query", mandates.INTENT_QUESTIONS, act, about))


@blueprint.post("/v1/payment_intents/<number>/cancel")
def cancel_intent(number: str) -> Response:
    def act(db: Database, call: Call) -> dict[str, Any]:
        return mandates.cancel(db, call.account, number)

    return run(Address("close", NOTHING, act))
