"""Lines of the real processes name the request that caused the work."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ops.testing.stack import Stack


@pytest.mark.early
def test_a_worker_s_lines_name_the_call_that_caused_them(
    new_stack: Callable[..., Stack], wait_until: Callable[..., None]
) -> None:
    stack = new_stack(LOG_LEVEL="debug")
    stack.start("simulator", "web", "worker", "relay")
    headers = {"Authorization": f"Bearer {stack.demo['secret_key']}", "Idempotency-Key": "first-order"}
    with httpx.Client(base_url=stack.url, headers=headers) as merchant:
        product = merchant.get("/v1/products", params={"limit": 1}).json()["data"][0]
        item = {"sku_id": product["skus"][0]["id"], "quantity": 1}
        body = {"line_items": [item], "buyer": {"reference": "buyer-1"}, "channel": "simulator"}

        created = merchant.post("/v1/orders", json=body)
        assert created.status_code == 201, created.text
        attempt_id = created.json()["payment"]["attempt_id"]
        httpx.post(f"{stack.simulator_url}/admin/payments/{attempt_id}/approve", json={})

        wait_until(lambda: _handled(stack), what="the paid order's event in the worker's log")
    [told] = [line for line in _lines(stack, "web") if line.get("endpoint") == "callbacks.accept"]
    [line, *_] = _handled(stack)
    assert (told["order_id"], told["status"]) == (created.json()["id"], 200)
    assert told["request_id"] != created.headers["X-Request-Id"]
    assert line["request_id"] == told["request_id"]
    assert {"business_id", "order_id", "event_id", "handler"} <= line.keys()


def _handled(stack: Stack) -> list[dict[str, Any]]:
    return [
        line
        for line in _lines(stack, "worker")
        if line["event"] == "event_handled" and line.get("topic") == "order.paid"
    ]


def _lines(stack: Stack, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stack.log(name).splitlines() if line.startswith("{")]
