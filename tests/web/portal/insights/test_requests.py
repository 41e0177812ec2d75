"""The request log as people see it."""

from __future__ import annotations

from flask import Flask

from app.workflow.accounts.manage_keys import create_key
from app.workflow.operations.log_requests import write_noted
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_a_refused_request_is_found_and_looked_into(app: Flask, shop: Shop, owner: Visitor) -> None:
    key = create_key(shop.business_id, name="Web server", kind="secret").secret
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "refund-4711"}
    body = {"order_id": "ord_00000000000000000000000000", "reason": "x"}
    refused = app.test_client().post("/v1/refunds", json=body, headers=headers)
    app.test_client().get("/v1/orders", headers=headers)
    write_noted()

    listed = owner.get("/portal/requests", query={"view": "refused"})
    found = owner.get("/portal/requests", query={"q": refused.headers["X-Request-Id"]})
    page = listed.follow("POST /v1/refunds")

    assert refused.status_code == 404
    assert "GET /v1/orders" not in listed.text
    assert "POST /v1/refunds" in found.text
    assert "not_found" in page.text
    assert "refund-4711" in page.text
    assert '"reason": "x"' in page.text
    assert "POST /v1/refunds" in page.follow("Web server").text


def test_an_empty_log_says_the_next_step(owner: Visitor) -> None:
    page = owner.get("/portal/requests")

    assert "No requests yet" in page.text
    assert page.link("API keys")
