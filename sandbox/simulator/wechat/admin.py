"""`/admin/wechat`: merchants, for tests and developers on this machine."""

from flask import Blueprint, Response, jsonify, request

from sandbox.simulator import admin_api, fields
from sandbox.simulator.context import store
from sandbox.simulator.wechat import certificates, keys, merchants

blueprint = Blueprint("wechat_admin", __name__, url_prefix="/admin/wechat")
blueprint.before_request(admin_api.guard)


@blueprint.post("/merchants")
def register_merchant() -> tuple[Response, int]:
    """A second time with another `platform_private_key` changes what we sign with from now on."""
    data = fields.json_object(request.get_data())
    with store().transaction() as db:
        merchant = merchants.register(db, data)
    shown = {name: merchant[name] for name in ("mchid", "appid", "merchant_serial", "platform_serial")}
    return jsonify(shown | {"platform_public_key": keys.public_of(merchant["platform_private_key"])}), 201


@blueprint.post("/merchants/<mchid>/certificates")
def new_certificate(mchid: str) -> tuple[Response, int]:
    """A new platform certificate: notices are signed with its key from now on. Those before stay in the list."""
    data = fields.json_object(request.get_data() or b"{}")
    with store().transaction() as db:
        serial, certificate = certificates.issue(db, mchid, data)
    return jsonify(serial=serial, certificate=certificate), 201
