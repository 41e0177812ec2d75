"""The one address that is called."""

import base64
import hashlib
import hmac
import time

from flask import Blueprint, Response, request

from sandbox.simulator import calls, fields, misbehave, scripts
from sandbox.simulator.context import holder, store
from sandbox.simulator.fields import Refusal
from sandbox.simulator.misbehave import Reply
from sandbox.simulator.participant import seats

blueprint = Blueprint("participant", __name__)
TOLERANCE_S = 300


@blueprint.post("/participant/<system>")
def call(system: str) -> Response:
    """Authenticates the caller, acts in one transaction, logs, and answers as the script says."""
    started = time.perf_counter()
    body = request.get_data()
    with store().transaction() as db:
        _authenticate(seats.require(db, system)["secret"], body)
        data = fields.json_object(body)
        action = fields.choice(data, "action", seats.ACTIONS)
        script = scripts.take(db, action, system)

    def act() -> Reply:
        with store().transaction() as db:
            try:
                refuses = script is not None and script.behavior == "decline"
                return Reply(200, json=seats.act(db, system, data, refuses=refuses))
            except Refusal as refusal:
                return Reply(refusal.http_status, json=refusal.body())

    reply: Reply | None = None
    try:
        reply = misbehave.answer(script, act, hold=holder())
    finally:
        with store().transaction() as db:
            spent_ms = round((time.perf_counter() - started) * 1000)
            made = calls.Call("in", action, system, system, "POST", request.path, body.decode(), spent_ms)
            answer = calls.Answer(reply.status if reply else None, reply.body().decode()[:2000] if reply else "")
            calls.write(db, made, answer, script)
    if reply.drips:
        return Response(misbehave.drip(hold=holder()), status=200, content_type="application/json")
    return Response(reply.body(), status=reply.status, content_type=reply.content_type)


def _authenticate(secret: str, body: bytes) -> None:
    """Raises: Refusal 401 unless the three headers of Standard Webhooks hold."""
    message_id = request.headers.get("webhook-id", "")
    stamp = request.headers.get("webhook-timestamp", "")
    if not stamp.isdigit() or abs(time.time() - int(stamp)) > TOLERANCE_S:
        raise Refusal(401, "stale", "The time of this call is too far from now.")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    expected = f"v1,{base64.b64encode(signed).decode()}"
    if not hmac.compare_digest(expected, request.headers.get("webhook-signature", "")):
        raise Refusal(401, "bad_signature", "The signature does not hold.")
