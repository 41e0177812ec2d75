"""Refunds by key: held, refused or made, each with its decision."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.ids import show
from tests.api.conftest import Merchant
from tests.factories.risk import decisions, make_rule_set, refund_rule

RULE = {"name": "Refunds", "subject": "refund", "result": "approval", "when": [
    {"fact": "refund_percent", "op": "at_least", "value": 50}]}  # fmt: skip


def ask(merchant: Merchant, order_id: str, **body: Any) -> Any:
    return merchant.post("/v1/refunds", {"order_id": order_id, "reason": "Asked for", **body})


def paid(merchant: Merchant) -> str:
    return show("ord", merchant.shop.paid_order())


def test_rules_about_refunds_are_written_and_read(merchant: Merchant) -> None:
    made = merchant.post("/v1/risk/rule_sets", {"name": "Refunds", "rules": [RULE]})

    [rule] = made.json["rules"]
    assert (made.status_code, rule["subject"], rule["result"]) == (201, "refund", "approval")
    payment = {**RULE, "subject": "payment"}
    for wrong, param in (
        (payment, "rules.0.result"),
        ({**payment, "result": "block"}, "rules.0.when.0.fact"),
        ({**RULE, "result": "review"}, "rules.0.result"),
        (
            {**RULE, "when": [{"fact": "amount", "op": "at_least", "value": 1, "currency": "USD"}]},
            "rules.0.when.0.fact",
        ),
    ):
        refused = merchant.post("/v1/risk/rule_sets", {"name": "Refunds", "rules": [wrong]})
        assert (refused.status_code, refused.json["code"]) == (422, "invalid_risk_rule")
        assert refused.json["param"] == param


def test_a_refund_that_rules_take_says_what_they_said(merchant: Merchant) -> None:
    order_id = paid(merchant)
    make_rule_set(merchant.shop, refund_rule("score", score=5), to="on")

    made = ask(merchant, order_id, amount_minor=100)
    listed = merchant.get("/v1/refunds").json["data"]
    by_subject = merchant.get("/v1/risk/decisions?subject=refund").json["data"]

    decision_id = show("rdc", decisions(merchant.shop)[0].id)
    assert made.status_code == 201
    assert made.json["risk"] == {"risk_decision_id": decision_id, "result": "allow", "score": 5, "fired": ["Refunds"]}
    assert [each["risk"] for each in listed] == [made.json["risk"]]
    assert [(each["id"], each["refund_id"], each["subject"]) for each in by_subject] == [
        (decision_id, made.json["id"], "refund")
    ]
    assert merchant.get("/v1/risk/decisions?subject=payment").json["data"] == []
    assert merchant.get("/v1/risk/decisions?subject=shoe").status_code == 422


def test_without_rules_a_refund_has_no_risk(merchant: Merchant) -> None:
    assert ask(merchant, paid(merchant)).json["risk"] is None


@pytest.mark.parametrize("body", [{}, {"amount_minor": 700}])
@pytest.mark.parametrize(("result", "code"), [("approval", "approval_needed"), ("block", "refund_blocked")])
def test_what_rules_stop_is_not_refunded(merchant: Merchant, body: dict[str, Any], result: str, code: str) -> None:
    order_id = paid(merchant)
    make_rule_set(merchant.shop, refund_rule(result, name="Secret"), to="on")

    refused = ask(merchant, order_id, **body)

    assert (refused.status_code, refused.json["code"]) == (403, code)
    assert "Secret" not in refused.text
    assert merchant.get("/v1/refunds").json["data"] == []
    [decision] = merchant.get(f"/v1/risk/decisions?order_id={order_id}").json["data"]
    assert (decision["result"], decision["subject"]) == (result, "refund")
    if result == "approval":
        [approval] = merchant.get("/v1/approvals?status=requested").json["data"]
        assert (approval["kind"], approval["id"] in refused.text) == ("refund", True)
    merchant.shop.audit()


def test_a_preview_is_not_decided_about(merchant: Merchant) -> None:
    order_id = paid(merchant)
    make_rule_set(merchant.shop, refund_rule("block"), to="on")

    seen = merchant.post("/v1/refunds/preview", {"order_id": order_id, "reason": "Asked for"})

    assert (seen.status_code, decisions(merchant.shop)) == (200, [])


def test_the_same_request_again_is_not_decided_about_again(merchant: Merchant) -> None:
    order_id = paid(merchant)
    make_rule_set(merchant.shop, refund_rule("block"), to="on")

    answers = [
        merchant.post("/v1/refunds", {"order_id": order_id, "reason": "Asked for"}, once="the-same-key")
        for _ in range(2)
    ]

    assert [(each.status_code, each.json["code"]) for each in answers] == [(403, "refund_blocked")] * 2
    assert len(decisions(merchant.shop)) == 1


def test_a_refund_that_rules_send_to_the_wallet_says_so(merchant: Merchant) -> None:
    order_id = paid(merchant)
    merchant.shop.keep_wallets()
    rule = {**RULE, "result": "wallet_only"}
    written = merchant.post("/v1/risk/rule_sets", {"name": "Refunds", "rules": [rule]})
    make_rule_set(merchant.shop, refund_rule("wallet_only"), to="on")

    seen = merchant.post("/v1/refunds/preview", {"order_id": order_id, "reason": "Asked for", "amount_minor": 600})
    made = ask(merchant, order_id, amount_minor=600)
    listed = merchant.get("/v1/risk/decisions?result=wallet_only").json["data"]

    assert [each["result"] for each in written.json["rules"]] == ["wallet_only"]
    assert (seen.json["is_wallet_only"], seen.json["sources"]) == (True, [{"channel": "wallet", "amount_minor": 600}])
    assert [(each["channel"], each["status"]) for each in made.json["parts"]] == [("wallet", "succeeded")]
    assert made.json["risk"]["result"] == "wallet_only"
    assert [each["refund_id"] for each in listed] == [made.json["id"]]
    refused = merchant.post("/v1/risk/rule_sets", {"name": "No", "rules": [{**rule, "subject": "payment"}]})
    assert (refused.status_code, refused.json["param"]) == (422, "rules.0.result")
