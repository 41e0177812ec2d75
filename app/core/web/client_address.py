"""Where a request came from. Behind a proxy that is what the proxy says, and only because we know the proxy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from app.lib.networks import Network, read_address


class ClientAddress:
    """WSGI middleware: makes REMOTE_ADDR the client's address, so that limits, locks and evidence are about the client.

    `X-Forwarded-For` is read from its end, for as long as the one who wrote the entry is a proxy of ours; what comes
    before was written by strangers. Without `trusted` networks the header is never looked at.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], trusted: Sequence[Network]) -> None:
        self._app, self._trusted = app, tuple(trusted)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer the request as if it came straight from the client."""
        found = client_address(environ.get("REMOTE_ADDR"), environ.get("HTTP_X_FORWARDED_FOR", ""), self._trusted)
        environ["REMOTE_ADDR"] = found or ""
        return self._app(environ, start_response)


def client_address(peer: str | None, forwarded_for: str, trusted: Sequence[Network]) -> str | None:
    """The client's address, given who connected to us and what `X-Forwarded-For` says; None when it is no address."""
    found = read_address(peer or "")
    hops = forwarded_for.split(",") if forwarded_for else []
    while found is not None and hops and any(found in network for network in trusted):
        before = read_address(hops.pop())
        if before is None:
            break
        found = before
    return None if found is None else str(found)
