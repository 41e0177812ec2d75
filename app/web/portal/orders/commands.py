"""What a person may do on an order's page, as commands for a terminal."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import Any

from app.core import settings
from app.core.ids import show
from app.read.orders.order_page import OrderPage


@dataclass(frozen=True)
class Command:
    """One call of the API."""

    title: str
    text: str


def commands(found: OrderPage) -> tuple[Command, ...]:
    """Reading the order, and each action that its state allows now."""
    shown = show("ord", found.order.id)
    results = [_read("Retrieve the order", f"orders/{shown}"), _read("Trace the order", f"trace/{shown}")]
    if found.is_refundable:
        command = {"order_id": shown, "amount_minor": found.money.refundable_minor, "reason": "requested_by_buyer"}
        results.append(_write("Refund the rest", "refunds", command))
    if found.is_closable:
        results.append(_write("Close the order", f"orders/{shown}/cancel"))
    if found.is_completable:
        results.append(_write("Confirm receipt", f"orders/{shown}/complete"))
    return tuple(results)


def _read(title: str, path: str) -> Command:
    return Command(title, _call(path))


def _write(title: str, path: str, body: dict[str, Any] | None = None) -> Command:
    options = ["-X POST", '-H "Idempotency-Key: $(uuidgen)"']
    if body is not None:
        options += ['-H "Content-Type: application/json"', f"-d {shlex.quote(json.dumps(body))}"]
    return Command(title, _call(path, *options))


def _call(path: str, *options: str) -> str:
    url = f"{settings.current().public_url}/v1/{path}"
    return " \\\n  ".join([f"curl {shlex.quote(url)}", '-H "Authorization: Bearer $BURSAR_SECRET_KEY"', *options])
