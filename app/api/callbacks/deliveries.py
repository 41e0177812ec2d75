"""The door for merchants' systems that deliver: believed only when it is signed with the product's secret."""

from flask import Response, jsonify, request
from pydantic import ValidationError

from app.api.callbacks.views import bp
from app.api.kit.reading import raw_body
from app.api.v1.fulfilment.delivery_events import DeliveryEvent, command_of
from app.core.errors import Denied, Invalid
from app.core.ids import parse
from app.lib import strict_json
from app.workflow.fulfilment.verify_delivery_event import is_genuine
from app.workflow.operations.accept_inbound_event import accept_inbound_event

MAX_BYTES = 16_000


@bp.post("/<business>/deliveries/<delivery>/events")
def take(business: str, delivery: str) -> Response:
    business_id, delivery_id, body = parse("biz", business), parse("dlv", delivery), raw_body(MAX_BYTES)
    headers = {name.lower(): value for name, value in request.headers.items()}
    if not is_genuine(business_id, delivery_id, headers, body):
        raise Denied("invalid_signature", "The signature does not fit this delivery’s secret, or is too old.")
    command = command_of(delivery_id, headers["webhook-id"][:120], _event(body))
    accept_inbound_event(business_id, command, actor="system:delivery")
    return jsonify({"received": True})


def _event(body: bytes) -> DeliveryEvent:
    try:
        return DeliveryEvent.model_validate(strict_json.read_object(body))
    except (strict_json.Unreadable, ValidationError) as error:
        raise Invalid("invalid_event", "Send type, and what belongs to it, as a JSON object.") from error
