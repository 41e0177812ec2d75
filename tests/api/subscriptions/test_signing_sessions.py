"""Links to the page where a buyer signs, made by the merchant's server."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask

from app.core.ids import new_id, show
from tests.api.conftest import Merchant
from tests.factories.contracts import plan_of
from tests.factories.shop import Shop


def test_a_link_opens_the_terms_for_this_buyer(app: Flask, shop: Shop, merchant: Merchant, clock: Any) -> None:
    body = {"plan_id": show("plan", plan_of(shop)), "buyer": {"reference": "ann"}, "currency": "USD"}

    made = merchant.post("/v1/signing_sessions", body | {"expires_in_minutes": 5}, once=None)
    url, client = urlsplit(made.json["url"]), app.test_client()
    opened = client.get(f"{url.path}?{url.query}", follow_redirects=True)
    clock.move(301)
    late = app.test_client().get(f"{url.path}?{url.query}")

    assert (made.status_code, opened.status_code, late.status_code) == (201, 200, 404)
    assert "Agree and pay $10.00" in opened.text


def test_what_cannot_be_signed_is_refused(shop: Shop, merchant: Merchant) -> None:
    body = {"plan_id": show("plan", plan_of(shop)), "buyer": {"reference": "ann"}}

    answers = [
        merchant.post("/v1/signing_sessions", body | said, once=None)
        for said in (
            {"plan_id": show("plan", new_id())},
            {"currency": "EUR"},
            {"currency": "USD", "quantity": 2},
            {"expires_in_minutes": 1441},
        )
    ]

    assert [(each.status_code, each.json["code"]) for each in answers] == [
        (404, "not_found"),
        (409, "plan_no_price"),
        (409, "plan_quantity"),
        (422, "invalid_parameter"),
    ]
