"""What keys may do for a business that the operator has suspended."""

from __future__ import annotations

import pytest

from app.domain.accounts.business.types import SUSPENSIONS
from app.workflow.accounts import authenticate_key
from app.workflow.accounts.lifecycle.suspend_business import lift, suspend
from tests.api.conftest import Merchant

SETTINGS = {"refund_window_days": 14}


@pytest.mark.parametrize("level", sorted(SUSPENSIONS))
def test_what_sells_is_refused_and_only_read_only_refuses_the_rest(merchant: Merchant, level: str) -> None:
    business_id, order = merchant.shop.business_id, merchant.session_body()

    suspend(business_id, level=level, reason="Fraud is looked into.")
    authenticate_key.forget_known()
    refused = [merchant.post(path, order, once=f"suspended-{path}") for path in ("/v1/orders", "/v1/checkout/sessions")]
    changed = merchant.call("PATCH", "/v1/business", SETTINGS)
    read = merchant.get("/v1/business")
    lift(business_id)
    authenticate_key.forget_known()

    assert [(each.status_code, each.json["code"]) for each in refused] == [(403, "business_suspended")] * 2
    assert changed.status_code == (403 if level == "read_only" else 200)
    assert read.status_code == 200
    assert merchant.post("/v1/orders", order, once="suspended-/v1/orders").status_code == 201
