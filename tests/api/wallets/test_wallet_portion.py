"""Orders that are paid from a wallet and by a channel, over the JSON interfaces."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from app.core.ids import parse
from app.domain.payments.models import PaymentAttempt


@pytest.fixture
def funded(merchant):
    merchant.shop.keep_wallets()
    merchant.shop.fund("buyer-1", 400)
    return merchant


def test_an_order_and_its_refund_tell_both_sources(funded) -> None:
    placed = funded.post("/v1/orders", funded.session_body(channel="simulator", wallet_minor=300)).json
    payment = placed["payment"]
    assert (payment["amount_minor"], payment["wallet_minor"], placed["paid_by"]) == (700, 300, [])
    attempt_id = parse("att", payment["attempt_id"])
    funded.shop.approve(attempt_id)
    funded.shop.notice(attempt_id)

    refund = funded.post("/v1/refunds", {"order_id": placed["id"], "amount_minor": 800, "reason": "asked"}).json

    order = funded.get(f"/v1/orders/{placed['id']}").json
    assert [(each["channel"], each["amount_minor"], each["refunded_minor"]) for each in order["paid_by"]] == [
        ("simulator", 700, 700),
        ("wallet", 300, 100),
    ]
    assert (refund["amount_minor"], [part["amount_minor"] for part in refund["parts"]]) == (800, [700, 100])
    assert [each["id"] for each in funded.get("/v1/refunds").json["data"]] == [refund["id"]]


def test_an_order_whose_payment_failed_is_paid_anew_with_what_the_wallet_has(funded) -> None:
    placed = funded.post("/v1/orders", funded.session_body(channel="simulator")).json
    attempt_id = parse("att", placed["payment"]["attempt_id"])
    funded.shop.decline(attempt_id)
    funded.shop.poll(attempt_id)

    again = funded.post(f"/v1/orders/{placed['id']}/pay", {"channel": "simulator", "use_wallet": True}).json

    assert again["status"] == "paying"
    assert (again["payment"]["amount_minor"], again["payment"]["wallet_minor"]) == (600, 400)
    assert again["payment"]["attempt_id"] != placed["payment"]["attempt_id"]


def test_a_browser_spends_a_wallet_only_when_the_merchant_knows_the_buyer(funded, browser_of) -> None:
    body = {"payment_method_id": "simulator", "use_wallet": True}
    stranger = browser_of(funded.new_session()["client_secret"])
    known = browser_of(funded.new_session(buyer={"reference": "buyer-1", "signed_in": True})["client_secret"])

    refused = stranger.call("POST", "/confirm", body, {"Idempotency-Key": str(uuid.uuid4())})
    assert (refused.status_code, refused.json["code"]) == (403, "wallet_not_allowed")
    assert stranger.call("GET").json["wallet"] is None
    assert known.call("GET").json["wallet"] == {"available_minor": 400, "used_minor": 0}
    confirmed = known.call("POST", "/confirm", body, {"Idempotency-Key": str(uuid.uuid4())}).json

    assert (confirmed["status"], confirmed["wallet"]) == (
        "requires_action",
        {"available_minor": 0, "used_minor": 400},
    )
    assert funded.shop.one(select(PaymentAttempt.amount_minor).where(PaymentAttempt.status == "pending"))[0] == 600
