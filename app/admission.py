"""Who may send a large body. The front asks when it has the head alone, before a byte of the body is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask, request
from flask_login import current_user

from app.api.kit import problems
from app.api.v1.api import MAX_KEY, bearer
from app.core.errors import Denied, Unauthenticated
from app.core.web.client_address import client_address
from app.lib.networks import Network
from app.workflow.accounts.authenticate_key import authenticate_key


def gate(app: Flask, trusted: Sequence[Network]) -> Callable[[dict[str, Any]], bool]:
    """A function that tells by the head of a request whether whoever sends it is known: by a session of the portal or
    by a key. What they may do is decided when the request is whole."""

    def admits(environ: dict[str, Any]) -> bool:
        forwarded = environ.get("HTTP_X_FORWARDED_FOR", "")
        environ["REMOTE_ADDR"] = client_address(environ.get("REMOTE_ADDR"), forwarded, trusted) or ""
        with app.request_context(environ):
            return _has_key() if problems.speaks_json() else bool(current_user.is_authenticated)

    return admits


def _has_key() -> bool:
    key = bearer()
    if not key.startswith(("sk_", "rk_")) or len(key) > MAX_KEY:
        return False
    try:
        authenticate_key(key, address=request.remote_addr).check(request.remote_addr)
    except (Unauthenticated, Denied):
        return False
    return True
