"""`/admin/participants`: register a system, and look at what it keeps."""

from flask import Blueprint, Response, jsonify, request

from sandbox.simulator import fields
from sandbox.simulator.admin_api import guard
from sandbox.simulator.context import store
from sandbox.simulator.participant import seats

blueprint = Blueprint("participant_admin", __name__, url_prefix="/admin/participants")
blueprint.before_request(guard)


@blueprint.post("")
def register() -> tuple[Response, int]:
    data = fields.json_object(request.get_data())
    system, secret = fields.number(data, "system"), fields.text(data, "secret")
    capacity = fields.amount(data, "capacity")
    with store().transaction() as db:
        seats.register(db, system, secret=secret, capacity=capacity)
    return jsonify(system=system, capacity=capacity), 201


@blueprint.get("/<system>")
def show(system: str) -> Response:
    with store().transaction() as db:
        return jsonify(seats.show(db, system))
