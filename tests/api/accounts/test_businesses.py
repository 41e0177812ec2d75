"""Businesses by operator key: opened once, listed, suspended and lifted; nobody else finds them here."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core import settings
from app.core.ids import show
from app.workflow.accounts.manage_operator_keys import create_operator_key, revoke_operator_key
from tests.api.conftest import Document, Merchant
from tests.factories.shop import Shop

BODY = {"name": "Lantern Books", "country": "DE", "time_zone": "Europe/Berlin", "currencies": ["EUR"]}
Call = Callable[..., TestResponse]


@pytest.fixture
def call(app: Flask, client: FlaskClient, document: Document) -> Call:
    """A function that calls with an operator key, and checks the answer against the document."""
    assert app
    key = create_operator_key("Back office").secret

    def call(method: str, path: str, body: Any = None, *, once: str | None = None, key: str = key) -> TestResponse:
        headers = {"Authorization": f"Bearer {key}"} | ({"Idempotency-Key": once} if once else {})
        with client:
            answer = client.open(path, method=method, headers=headers, **({} if body is None else {"json": body}))
            document.check(_endpoint(), answer)
        return answer

    return call


def test_a_business_is_opened_once_under_its_key(call: Call) -> None:
    body = {**BODY, "owner_email": f"{secrets.token_hex(6)}@people.example"}

    made = call("POST", "/v1/businesses", body, once="open-1-lantern")
    again = call("POST", "/v1/businesses", body, once="open-1-lantern")
    other = call("POST", "/v1/businesses", {**body, "owner_email": "b@people.example"}, once="open-1-lantern")
    without = call("POST", "/v1/businesses", body)

    assert made.status_code == again.status_code == 201
    assert made.json["id"] == again.json["id"]
    assert (made.json["mode"], made.json["standing"], made.json["country"]) == ("test", None, "DE")
    assert made.json["password_link"].startswith("http")
    assert again.json["password_link"] is None
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    assert (without.status_code, without.json["code"]) == (400, "idempotency_key_missing")
    for change in ({"name": "Other"}, {"country": "FR"}, {"currencies": ["USD"]}, {"owner_name": "Somebody"}):
        differs = call("POST", "/v1/businesses", {**body, **change}, once="open-1-lantern")
        assert (differs.status_code, differs.json["code"]) == (422, "idempotency_key_reused"), change
    wrong = call("POST", "/v1/businesses", {**body, "time_zone": "Mars"}, once="open-2-lantern")
    assert (wrong.status_code, wrong.json["code"]) == (422, "invalid_business")


def test_a_business_is_suspended_and_lifted(call: Call, shop: Shop) -> None:
    path = f"/v1/businesses/{show('biz', shop.business_id)}"
    order = {"level": "read_only", "reason": "Fraud"}

    suspended = [call("POST", f"{path}/suspend", order).json for _ in range(2)]
    read = call("GET", path).json
    lifted = call("POST", f"{path}/lift").json
    nobody = call("GET", "/v1/businesses/biz_00000000000000000000000000")
    bad = call("POST", f"{path}/suspend", {"level": "forever", "reason": "x"})

    assert suspended[0] == suspended[1] == read
    assert (read["standing"], read["suspended_reason"]) == ("read_only", "Fraud")
    assert (lifted["standing"], lifted["suspended_at"]) == (None, None)
    assert (nobody.status_code, bad.status_code) == (404, 422)


def test_the_list_goes_on_and_finds_by_name(call: Call, new_shop: Callable[..., Shop]) -> None:
    ours = [show("biz", new_shop().business_id) for _ in range(3)]

    seen: list[str] = []
    cursor = ""
    while len(seen) < 3:
        page = call("GET", f"/v1/businesses?limit=2{cursor}").json
        seen += [each["id"] for each in page["data"]]
        cursor = f"&cursor={page['next_cursor']}"

    assert set(ours) <= set(seen)
    assert len(seen) == len(set(seen))
    assert call("GET", "/v1/businesses?name=no-such-name").json["data"] == []


def test_nobody_else_gets_in(call: Call, merchant: Merchant) -> None:
    made = create_operator_key("Gone")
    revoke_operator_key(made.id)

    for key in (merchant.key, made.secret, "ok_nonsense", "nonsense"):
        assert call("GET", "/v1/businesses", key=key).status_code == 401
    refused = merchant.client.get("/v1/orders", headers={"Authorization": f"Bearer {create_operator_key('x').secret}"})
    assert refused.status_code == 401


def _endpoint() -> str:
    from flask import request

    return str(request.endpoint)


def test_a_limit_of_reading_refuses_reading_and_never_paying(call: Call, merchant: Merchant) -> None:
    path, key = f"/v1/businesses/{show('biz', merchant.shop.business_id)}/limits", settings.current().api_rate_per_s

    made = call("POST", path, {"scenario": "api_read", "per_s": 1, "burst": 1})
    reads = [merchant.get("/v1/orders") for _ in range(12)]
    paid = merchant.post("/v1/orders", {})
    lifted = call("POST", path, {"scenario": "api_read", "per_s": None})
    again = merchant.get("/v1/orders")

    assert made.status_code == 200
    limits = {each["scenario"]: (each["per_s"], each["burst"], each["is_default"]) for each in made.json["data"]}
    assert limits["api_read"] == (1, 1, False)
    assert limits["pay"] == (8 * key, 16 * key, True)
    refused = [each for each in reads if each.status_code == 429]
    assert refused
    assert refused[0].json["code"] == "rate_limited"
    assert refused[0].mimetype == "application/problem+json"
    assert int(refused[0].headers["Retry-After"]) >= 1
    assert paid.json["code"] != "rate_limited"
    assert paid.headers["RateLimit-Policy"] == f'"pay";q={80 * key};w=10, "pay-burst";q={16 * key};w=1'
    assert {each["scenario"]: each["is_default"] for each in lifted.json["data"]}["api_read"]
    assert again.status_code == 200


def test_a_limit_that_nothing_could_keep_to_is_refused(call: Call, shop: Shop) -> None:
    path = f"/v1/businesses/{show('biz', shop.business_id)}/limits"

    below = call("POST", path, {"scenario": "pay", "per_s": 5, "burst": 4})
    unknown = call("POST", path, {"scenario": "all", "per_s": 5})
    nobody = call("GET", "/v1/businesses/biz_00000000000000000000000000/limits")

    assert (below.status_code, below.json["code"]) == (422, "invalid_limit")
    assert unknown.status_code == 422
    assert nobody.status_code == 404


def test_what_a_business_owns_is_limited_and_both_sides_read_it(call: Call, merchant: Merchant) -> None:
    path = f"/v1/businesses/{show('biz', merchant.shop.business_id)}/resource_limits"
    partner = {"name": "Ada", "kind": "author", "time_zone": "UTC"}

    made = call("POST", path, {"resource": "partners", "limit": 1, "reason": "Starter contract"})
    first, second = (merchant.post("/v1/partners", partner) for _ in range(2))
    seen = {each["resource"]: each for each in merchant.get("/v1/business/limits").json["data"]}
    read = {each["resource"]: each for each in call("GET", path).json["data"]}
    taken = call("POST", path, {"resource": "partners", "limit": None, "reason": "Grown"})

    assert made.status_code == 200
    assert (first.status_code, second.status_code) == (201, 409)
    assert second.json["code"] == "limit_reached"
    assert second.json["details"] == {"resource": "partners", "limit": 1, "used": 1}
    assert seen["partners"] == {"resource": "partners", "used": 1, "limit": 1, "is_default": False}
    assert (read["partners"]["reason"], read["partners"]["set_by"][:13]) == ("Starter contract", "operator:opk_")
    assert {each["resource"]: each["is_default"] for each in taken.json["data"]}["partners"]
    assert merchant.post("/v1/partners", partner).status_code == 201


def test_a_limit_of_what_a_business_owns_has_bounds_and_a_reason(call: Call, shop: Shop) -> None:
    path = f"/v1/businesses/{show('biz', shop.business_id)}/resource_limits"

    beyond = call("POST", path, {"resource": "plans", "limit": 1001, "reason": "Grown"})
    unknown = call("POST", path, {"resource": "orders", "limit": 1, "reason": "Grown"})
    nameless = call("POST", path, {"resource": "plans", "limit": 1, "reason": ""})
    nobody = call("GET", "/v1/businesses/biz_00000000000000000000000000/resource_limits")

    assert (beyond.status_code, beyond.json["code"]) == (422, "invalid_resource_limit")
    assert unknown.status_code == nameless.status_code == 422
    assert nobody.status_code == 404


def test_a_part_of_a_business_is_switched_off_and_on(call: Call, merchant: Merchant) -> None:
    path = f"/v1/businesses/{show('biz', merchant.shop.business_id)}/switches"

    off = call("POST", path, {"kind": "orders_later", "minutes": 5, "reason": "Flood"})
    refused = merchant.post("/v1/checkout/sessions", merchant.session_body())
    read = merchant.get("/v1/orders")
    listed = call("GET", path)
    everywhere = call("GET", "/v1/switches")
    on = call("POST", path, {"kind": "orders_later", "minutes": None})
    again = merchant.post("/v1/checkout/sessions", merchant.session_body())

    [switch] = off.json["data"]
    assert (switch["kind"], switch["reason"], switch["is_everywhere"]) == ("orders_later", "Flood", False)
    assert switch["set_by"].startswith("operator:opk_")
    assert listed.json == off.json
    assert (refused.status_code, refused.json["code"]) == (403, "orders_later")
    assert read.status_code == 200
    assert everywhere.json["data"] == on.json["data"] == []
    assert again.status_code == 201


def test_a_part_of_all_is_switched_off_and_on(call: Call, merchant: Merchant) -> None:
    off = call("POST", "/v1/switches", {"kind": "exports_off", "minutes": 5, "reason": "Slow"})
    refused = merchant.post("/v1/exports", {"resource": "orders"})
    call("POST", "/v1/switches", {"kind": "exports_off", "minutes": None})
    again = merchant.post("/v1/exports", {"resource": "orders"})

    assert [each["is_everywhere"] for each in off.json["data"]] == [True]
    assert (refused.status_code, refused.json["code"]) == (403, "exports_off")
    assert again.status_code == 201


def test_a_switch_that_cannot_be_is_refused(call: Call, shop: Shop) -> None:
    path = f"/v1/businesses/{show('biz', shop.business_id)}/switches"

    no_reason = call("POST", path, {"kind": "orders_later", "minutes": 5})
    too_long = call("POST", path, {"kind": "orders_later", "minutes": 10_081, "reason": "x"})
    unknown = call("POST", "/v1/switches", {"kind": "all", "minutes": 5, "reason": "x"})
    nobody = call("GET", "/v1/businesses/biz_00000000000000000000000000/switches")

    assert (no_reason.status_code, no_reason.json["code"]) == (422, "invalid_switch")
    assert (too_long.status_code, unknown.status_code, nobody.status_code) == (422, 422, 404)
