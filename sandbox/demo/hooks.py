"""Events from Bursar: accepted only when they are signed with our secret, stored once each."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections import OrderedDict
from typing import Any

from flask import Response, render_template, request

from sandbox.demo.bursar import Keys

TOLERANCE_S = 300
MAX_EVENTS = 50
_received: OrderedDict[str, dict[str, Any]] = OrderedDict()


def receive_event() -> Response:
    """Accept one event. Unsigned requests are refused; a repeated event is acknowledged and ignored."""
    body = request.get_data()
    if not is_signed(Keys.find().webhook_secret, request.headers, body):
        return Response("Not signed with our secret.\n", 401)
    event = json.loads(body)
    _received.setdefault(event["id"], event)
    while len(_received) > MAX_EVENTS:
        _received.popitem(last=False)
    return Response(status=204)


def events() -> str:
    """The events received, newest first. A real shop would deliver on order.paid."""
    return render_template("events.html", events=list(reversed(_received.values())))


def is_signed(secret: str, headers: Any, body: bytes) -> bool:
    """Whether the headers carry a signature of this body by our secret, made just now (Standard Webhooks). The
    libraries for it are shorter to use: see docs/how-to/receive-webhooks.md."""
    stamp = headers.get("webhook-timestamp", "")
    if not secret or not stamp.isdecimal() or abs(time.time() - int(stamp)) > TOLERANCE_S:
        return False
    text = f"{headers.get('webhook-id', '')}.{stamp}.".encode() + body
    signed = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), text, hashlib.sha256).digest()
    ours = f"v1,{base64.b64encode(signed).decode()}"
    return any(hmac.compare_digest(ours, theirs) for theirs in headers.get("webhook-signature", "").split(" "))
