"""`/admin/alipay`: merchants' apps, for tests and developers on this machine."""

from flask import Blueprint, Response, jsonify, request

from app.simulator import admin_api, fields
from app.simulator.alipay import apps, keys
from app.simulator.context import store

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
