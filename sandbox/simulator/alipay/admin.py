"""`/admin/alipay`: merchants' apps, for tests and developers on this machine."""

from flask import Blueprint, Response, jsonify, request

from sandbox.simulator import admin_api, fields
from sandbox.simulator.alipay import agreements, apps, keys
from sandbox.simulator.context import store

blueprint = Blueprint("alipay_admin", __name__, url_prefix="/admin/alipay")
blueprint.before_request(admin_api.guard)


@blueprint.post("/apps")
def register_app() -> tuple[Response, int]:
    """A second time with other keys changes them. Calls signed with the key before are still accepted."""
    data = fields.json_object(request.get_data())
    with store().transaction() as db:
        app = apps.register(db, data)
    shown = {name: app[name] for name in ("app_id", "seller_id")}
    return jsonify(shown | {"alipay_public_key": keys.public_of(app["private_key"])}), 201


@blueprint.post("/agreements/<external_no>/<action>")
def decide_agreement(external_no: str, action: str) -> Response:
    """What the buyer would do: sign, decline, pause, resume or end."""
    with store().transaction() as db:
        agreements.decide(db, agreements.by_number(db, external_no), action)
        row = agreements.by_number(db, external_no)
    return jsonify(agreement_no=row["agreement_no"], status=row["status"])
