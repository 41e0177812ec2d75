"""The simulator's controls, for an installation that has one beside it."""

from __future__ import annotations

from typing import Any

import httpx

from app.core import settings
from app.core.errors import Unavailable
from app.core.http import outbound
from app.domain.payments.channels import hosts, registry

CHANNEL = "simulator"
CALL_WITHIN_S = 10.0


def tell(path: str, body: dict[str, Any]) -> None:
    """Use the simulator's controls.

    Raises:
        Unavailable: it refused, or nothing came back.
    """
    url = f"{settings.current().simulator_url}/admin/{path}"
    near = hosts.destinations(registry.channel(CHANNEL), "test")
    try:
        answer = outbound("POST", url, timeout_s=CALL_WITHIN_S, to=near, json=body)
    except httpx.HTTPError as error:
        raise Unavailable("simulator_refused", f"The simulator cannot be reached: {type(error).__name__}.") from error
    if answer.status_code >= 400:
        raise Unavailable("simulator_refused", f"The simulator answered {answer.status_code} to {path}.")
