"""Rule sets and decisions by key."""

from __future__ import annotations

from typing import Any

from app.core.ids import parse, show
from app.workflow.accounts.approvals import decide_approval
from tests.api.conftest import Merchant
from tests.factories.people import make_user
from tests.factories.risk import make_entry, make_rule_set

RULE = {"name": "Block list", "result": "block", "when": [{"fact": "on_block_list", "op": "is", "value": True}]}
BIG = {
    "name": "Big",
    "result": "score",
    "score": 60,
    "when": [{"fact": "amount", "op": "at_least", "value": 1000, "currency": "USD"}],
}


def order(merchant: Merchant, buyer: str = "b-1", *, once: str = "") -> Any:
    items = [{"sku_id": show("sku", merchant.shop.sku_id), "quantity": 1}]
    body = {"line_items": items, "buyer": {"reference": buyer}, "channel": "simulator"}
    return merchant.post("/v1/orders", body, once=once)


def test_a_rule_set_is_written_changed_and_tried(merchant: Merchant) -> None:
    made = merchant.post("/v1/risk/rule_sets", {"name": "Spring", "rules": [RULE, BIG], "block_at": 60}).json
    path = f"/v1/risk/rule_sets/{made['id']}"

    changed = merchant.call("PATCH", path, {"name": "May", "rules": [BIG]}).json
    shadow = merchant.post(f"{path}/status", {"status": "shadow"}, once=None).json
    refused = merchant.call("PATCH", path, {"name": "June"})
    order(merchant)
    tried = merchant.get(f"{path}/backtest?days=1").json
    [decision] = merchant.get("/v1/risk/decisions?shadow_result=block").json["data"]

    assert (made["status"], made["number"], made["rules"][0]["beats_allow"]) == ("draft", 1, False)
    assert changed == {**made, "name": "May", "rules": [made["rules"][1]]}
    assert shadow["status"] == "shadow"
    assert (refused.status_code, refused.json["code"]) == (409, "rule_set_not_draft")
    assert (decision["result"], decision["shadow_fired"], decision["shadow_score"]) == ("allow", ["Big"], 60)
    assert (decision["shadow_set_id"], decision["rule_set_id"]) == (made["id"], None)
    assert tried == {
        "decisions": 1,
        "blocked": 1,
        "blocked_before": 0,
        "good": 0,
        "amounts": [{"currency": "USD", "amount_minor": 1000}],
        "rules": [{"name": "Big", "fired": 1}],
        "order_ids": [decision["order_id"]],
        "is_cut": False,
    }


def test_a_payment_that_rules_refuse_says_so(merchant: Merchant) -> None:
    make_rule_set(merchant.shop, to="on")
    make_entry(merchant.shop, "b-1")

    refused, taken = order(merchant), order(merchant, "b-2")

    found = merchant.get("/v1/risk/decisions?result=block")
    assert found.status_code == 200, found.text
    [decision] = found.json["data"]
    closed = merchant.get(f"/v1/orders/{decision['order_id']}").json
    again = merchant.post(f"/v1/orders/{decision['order_id']}/pay", {"channel": "simulator"})
    assert (refused.status_code, refused.json["code"]) == (403, "risk_blocked")
    assert "list" not in refused.json["detail"]
    assert (closed["status"], closed["close_reason"]) == ("closed", "risk_blocked")
    assert (again.status_code, again.json["code"]) == (403, "risk_blocked")
    assert taken.status_code == 201
    assert merchant.get(f"/v1/risk/decisions/{decision['id']}").json == decision
    assert merchant.get(f"/v1/risk/decisions?order_id={taken.json['id']}").json["data"][0]["result"] == "allow"


def test_a_key_requests_and_a_person_turns_on(merchant: Merchant) -> None:
    made = merchant.post("/v1/risk/rule_sets", {"name": "Spring", "rules": [RULE]}).json
    path = f"/v1/risk/rule_sets/{made['id']}"
    early = merchant.post(f"{path}/request", once=None)
    merchant.post(f"{path}/status", {"status": "shadow"}, once=None)

    asked = merchant.post(f"{path}/request", once=None)
    if asked.status_code == 202:
        person = show("usr", make_user(merchant.shop.business_id).user_id)
        approval_id = parse("apr", asked.json["approval_id"])
        decide_approval.approve(merchant.shop.business_id, approval_id, actor=person, reason="Checked")

    assert (early.status_code, early.json["code"]) == (409, "rule_set_not_shadow")
    assert asked.status_code == 202, asked.text
    assert merchant.get(path).json["status"] == "on"


def test_what_cannot_be_a_rule_is_refused(merchant: Merchant) -> None:
    wrong = {**RULE, "when": [{"fact": "hour", "op": "is", "value": 3}]}
    refused = merchant.post("/v1/risk/rule_sets", {"name": "Spring", "rules": [wrong]})

    assert (refused.status_code, refused.json["code"]) == (422, "invalid_risk_rule")
    assert refused.json["param"] == "rules.0.when.0.op"
