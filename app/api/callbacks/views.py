"""One door per channel account. What comes in is believed only after the channel verified its raw bytes."""

from flask import Blueprint, Response, request

from app.api.kit.reading import raw_body
from app.core.ids import parse
from app.workflow.accept_notice import accept_notice

bp = Blueprint("callbacks", __name__, url_prefix="/callbacks")


@bp.post("/<channel>/<account>")
def accept(channel: str, account: str) -> Response:
    reply = accept_notice(channel, parse("cha", account), dict(request.headers), raw_body())
    return Response(reply.body, reply.http_status, content_type=reply.content_type)
