"""A merchant's server makes a link to one buyer's pages, which is over when it says."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask

from tests.api.conftest import Merchant
from tests.factories.contracts import plan_of, sign
from tests.factories.shop import Shop


def test_the_link_opens_this_buyers_contracts_until_it_is_over(
    app: Flask, shop: Shop, merchant: Merchant, clock: Any
) -> None:
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    sign(shop, plan_of(shop))

    made = merchant.post(
        "/v1/buyer_portal_sessions", {"buyer_reference": "buyer-1", "expires_in_minutes": 5}, once=None
    ).json
    path = urlsplit(made["url"]).path
    opened = app.test_client().get(path)
    clock.move(301)
    late = app.test_client().get(path)

    assert path.endswith("/contracts")
    assert (opened.status_code, "$10.00 every month." in opened.text) == (200, True)
    assert late.status_code == 404


def test_it_may_open_the_purchases_first(app: Flask, shop: Shop, merchant: Merchant) -> None:
    shop.paid_order()

    made = merchant.post(
        "/v1/buyer_portal_sessions", {"buyer_reference": "buyer-1", "page": "purchases"}, once=None
    ).json

    assert "Membership: 1 month" in app.test_client().get(urlsplit(made["url"]).path).text


def test_no_link_lasts_longer_than_thirty_days(merchant: Merchant) -> None:
    body = {"buyer_reference": "buyer-1", "expires_in_minutes": 30 * 24 * 60 + 1}

    answer = merchant.post("/v1/buyer_portal_sessions", body, once=None)

    assert (answer.status_code, answer.json["param"]) == (422, "expires_in_minutes")
