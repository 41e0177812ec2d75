"""Membership checks by pages, over HTTP."""

from __future__ import annotations

from typing import Any

from app.core.ids import show
from app.workflow.accounts.manage_keys import create_key
from tests.factories.memberships import grant


def check(merchant: Any, token: str, key: str, **headers: str) -> Any:
    body = {"buyer_token": token, "product_id": show("prd", merchant.shop.product_id)}
    speaks = {"Authorization": f"Bearer {key}", **headers}
    return merchant.client.post("/sdk/v1/memberships/check", json=body, headers=speaks)


def test_a_page_asks_with_its_key_and_the_buyers_token(merchant: Any) -> None:
    grant(merchant.shop, "ann", days=9)
    page_key = create_key(merchant.shop.business_id, name="Page", kind="publishable").secret
    token = merchant.post("/v1/buyer_tokens", {"buyer_reference": "ann"}, once=None).json["token"]

    member = check(merchant, token, page_key)
    unknown = check(merchant, "ann", page_key)
    by_server = check(merchant, token, merchant.key)
    foreign = check(merchant, token, page_key, Origin="https://evil.example")

    assert (member.status_code, member.json["member"], member.json["proof"].count(".")) == (200, True, 2)
    assert (unknown.status_code, unknown.json["code"]) == (401, "buyer_token_invalid")
    assert (by_server.status_code, foreign.status_code) == (401, 403)
    [key, *_] = merchant.get("/v1/membership_keys").json["keys"]
    assert (key["crv"], key["alg"]) == ("Ed25519", "EdDSA")
