"""`/admin/stripe`: accounts, for tests and developers on this machine."""

from flask import Blueprint, Response, jsonify, request

from sandbox.simulator import admin_api, fields
from sandbox.simulator.context import store
from sandbox.simulator.stripe import accounts

blueprint = Blueprint("stripe_admin", __name__, url_prefix="/admin/stripe")
blueprint.before_request(admin_api.guard)


@blueprint.post("/accounts")
def register_account() -> tuple[Response, int]:
    """A second time with another `webhook_secret` rolls it: events are signed with both until the old one goes."""
    data = fields.json_object(request.get_data())
    with store().transaction() as db:
        account = accounts.register(db, data)
    return jsonify({name: account[name] for name in ("account_id", "webhook_url", "webhook_secret")}), 201


@blueprint.delete("/accounts/<account_id>/previous_secret")
def drop_previous_secret(account_id: str) -> tuple[str, int]:
    with store().transaction() as db:
        accounts.drop_previous_secret(db, account_id)
    return "", 204
