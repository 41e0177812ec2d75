"""What a request reaches for: the store, the stop signal, and who may come near the controls."""

import threading
from collections.abc import Callable
from ipaddress import ip_address
from typing import cast

from flask import current_app, request

from sandbox.simulator.fields import Refusal
from sandbox.simulator.store import Store


def store() -> Store:
    return cast(Store, current_app.config["STORE"])


def holder() -> Callable[[float], object]:
    """A function that keeps a caller waiting for seconds, less when the process is told to stop. It may be
    called after the request was handled, while its answer is being sent."""
    return cast(threading.Event, current_app.config["STOPPING"]).wait


def require_loopback() -> None:
    """Raises: Refusal 403 unless the caller sits on this machine and no proxy stands between.

    The Host header is checked too: a hostile page could name this port by a host name of its own.
    """
    host = request.host.rsplit(":", 1)[0].strip("[]")
    is_local = host == "localhost" or _is_loopback(host)
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        is_local = False
    if not is_local or not _is_loopback(request.remote_addr or ""):
        raise Refusal(403, "loopback_only", "Only this machine may do this.")


def require_same_site() -> None:
    """Raises: Refusal 403 for a form that another site's page sent."""
    if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        raise Refusal(403, "cross_site", "This form was sent from another site.")


def _is_loopback(text: str) -> bool:
    try:
        return ip_address(text).is_loopback
    except ValueError:
        return False
