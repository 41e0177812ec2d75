"""Keys over the API: what a restricted one may do, from where and until when; rolled with an overlap."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from app.api.kit.operation import Api
from app.api.kit.shapes import moment_text
from app.api.v1 import v1
from app.core.clock import now
from app.domain.accounts.business.scopes import GRANTABLE, KNOWN

READS_BY_POST = {
    "create_export",
    "preview_business_change",
    "preview_refund_of_order",
    "preview_cancellation",
    "make_order_receipt",
    "preview_contract_change",
    "try_split_rule_on_past_orders",
}


def _with(merchant, secret: str):
    return dataclasses.replace(merchant, key=secret)


def test_a_restricted_key_may_do_what_it_says_and_no_more(merchant) -> None:
    scopes = ["orders.read", "products.write"]
    made = merchant.post("/v1/keys", {"name": "Shop", "kind": "restricted", "scopes": scopes})
    program = _with(merchant, made.json["secret"])

    assert made.status_code == 201
    assert made.json["secret"].startswith("rk_test_")
    assert program.get("/v1/orders").status_code == 200
    assert program.get("/v1/products").status_code == 200, "who may write may read"
    assert program.post("/v1/products", {"name": "New"}).status_code == 201
    for answer in (program.get("/v1/refunds"), program.post("/v1/keys", {"name": "More"}), program.get("/v1/keys")):
        assert (answer.status_code, answer.json["code"]) == (403, "denied")
    assert program.post("/v1/refunds", {"order_id": "ord_" + "0" * 26, "reason": "x"}).status_code == 403


def test_a_key_is_listed_changed_and_revoked_without_its_secret(merchant) -> None:
    made = merchant.post("/v1/keys", {"name": "Shop"}, once="the-same-key")
    again = merchant.post("/v1/keys", {"name": "Shop"}, once="the-same-key")
    path, secret = f"/v1/keys/{made.json['id']}", made.json["secret"]

    listed = merchant.get("/v1/keys")
    changed = merchant.call("PATCH", path, {"name": "Store", "addresses": ["203.0.113.7/24"]})
    elsewhere = _with(merchant, secret).get("/v1/orders")
    merchant.call("PATCH", path, {"addresses": ["127.0.0.1"]})
    here = _with(merchant, secret).get("/v1/orders")
    revoked = _with(merchant, secret).post(f"{path}/revoke", once=None)

    assert again.json == made.json
    assert secret not in listed.text
    assert made.json["id"] in [key["id"] for key in listed.json["data"]]
    assert (changed.json["name"], changed.json["addresses"]) == ("Store", ["203.0.113.0/24"])
    assert (elsewhere.status_code, elsewhere.json["code"]) == (403, "address_denied")
    assert here.status_code == 200
    assert revoked.json["status"] == "revoked"
    assert revoked.json["last_used_address"] == "127.0.0.1"
    assert _with(merchant, secret).get("/v1/orders").json["code"] == "api_key_invalid"
    assert merchant.call("PATCH", path, {"name": "x"}).json["code"] == "key_inactive"


def test_a_key_ends_when_it_says(merchant, clock) -> None:
    until = moment_text(now() + timedelta(hours=2))
    made = merchant.post("/v1/keys", {"name": "Trial", "expires_at": until})
    program = _with(merchant, made.json["secret"])

    assert program.get("/v1/orders").status_code == 200
    clock.move(2 * 3600 + 1)
    over = program.get("/v1/orders")

    assert (over.status_code, over.json["code"]) == (401, "api_key_expired")
    assert merchant.get(f"/v1/keys/{made.json['id']}").json["status"] == "expired"
    assert merchant.post(f"/v1/keys/{made.json['id']}/roll", {}).json["code"] == "key_inactive"


def test_a_rolled_key_overlaps_with_its_successor(merchant, clock) -> None:
    made = merchant.post("/v1/keys", {"name": "Shop", "kind": "restricted", "scopes": ["orders.read"]})
    path = f"/v1/keys/{made.json['id']}"
    rolled = merchant.post(f"{path}/roll", {"overlap_s": 3600}, once="roll-it-once")
    again = merchant.post(f"{path}/roll", {"overlap_s": 3600}, once="roll-it-once")
    old, new = _with(merchant, made.json["secret"]), _with(merchant, rolled.json["secret"])

    assert rolled.status_code == 201
    assert again.json == rolled.json
    assert (rolled.json["scopes"], rolled.json["name"]) == (["orders.read"], "Shop")
    assert old.get("/v1/orders").status_code == new.get("/v1/orders").status_code == 200
    assert merchant.get(path).json["status"] == "ending"
    assert merchant.get(path).json["replaced_by"] == rolled.json["id"]
    assert merchant.post(f"{path}/roll", {}).json["code"] == "key_inactive"
    clock.move(3601)
    assert old.get("/v1/orders").json["code"] == "api_key_expired"
    assert new.get("/v1/orders").status_code == 200


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"kind": "restricted"}, "invalid_scope"),
        ({"scopes": ["orders.read"]}, "invalid_scope"),
        ({"kind": "restricted", "scopes": ["keys.write"]}, "invalid_parameter"),
        ({"addresses": ["everywhere"]}, "invalid_address"),
        ({"kind": "publishable", "addresses": ["203.0.113.9"]}, "invalid_address"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "invalid_key"),
    ],
)
def test_a_key_that_cannot_be_is_not_made(merchant, more, code: str) -> None:
    answer = merchant.post("/v1/keys", {"name": "x", **more})

    assert (answer.status_code, answer.json["code"]) == (422, code)


def test_every_scope_opens_something_and_every_operation_has_one() -> None:
    used = {operation.permission for operation in v1.operations}

    assert used <= KNOWN
    assert used | {"buyers.read"} >= GRANTABLE  # that one opens what every answer masks
    for operation in v1.operations:
        if operation.name in READS_BY_POST:
            continue
        assert (operation.method == "GET") == operation.permission.endswith(".read"), operation.name


def test_an_operation_without_a_scope_stops_the_start() -> None:
    api = Api("x", "/x", authenticate=v1.authenticate, security="secretKey", import_name=__name__, permissions=KNOWN)

    def look() -> None:
        """Look."""

    with pytest.raises(TypeError, match=r"everything\.read"):
        api.get("/things", permission="everything.read", tag="x")(look)
