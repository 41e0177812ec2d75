"""One door per channel account. What comes in is believed only after the channel verified its raw bytes."""

from flask import Blueprint, Response, request

from app.api.kit.reading import raw_body
from app.core.ids import parse
from app.lib.networks import neighbourhood
from app.workflow.payments.accept_notice import MAX_BYTES, accept_notice

bp = Blueprint("callbacks", __name__, url_prefix="/callbacks")


@bp.post("/<channel>/<account>")
def accept(channel: str, account: str) -> Response:
    account_id, body = parse("cha", account), raw_body(MAX_BYTES)
    client = neighbourhood(request.remote_addr)
    reply = accept_notice(channel, account_id, dict(request.headers), body, address=client)
    return Response(reply.body, reply.http_status, content_type=reply.content_type)
