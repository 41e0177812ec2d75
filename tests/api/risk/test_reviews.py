"""Reviews by key: listed, released, refused, and decided once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.core.db.models import OutboxEvent
from app.core.ids import new_id, show
from app.workflow.orders import close_orders
from tests.api.conftest import Merchant
from tests.api.risk.test_rule_sets import order
from tests.factories.risk import REVIEW_ALL, make_rule_set, reviews

RULE = {
    "name": "Look first",
    "result": "review",
    "when": [{"fact": "amount", "op": "at_least", "value": 1, "currency": "USD"}],
}


def held(merchant: Merchant) -> Any:
    """The review of an order that a rule has just held."""
    refused = order(merchant)
    assert (refused.status_code, refused.json["code"]) == (409, "risk_review")
    assert "rule" not in refused.json["detail"]
    return merchant.get("/v1/risk/reviews?status=waiting").json["data"][0]


def decide(merchant: Merchant, review: Any, decision: str, **more: Any) -> Any:
    return merchant.post(f"/v1/risk/reviews/{review['id']}/decide", {"decision": decision, "reason": "Known", **more})


def test_a_released_payment_is_made_by_paying_again(merchant: Merchant) -> None:
    made = merchant.post("/v1/risk/rule_sets", {"name": "Spring", "rules": [RULE]})
    make_rule_set(merchant.shop, REVIEW_ALL, to="on")
    review = held(merchant)
    path = f"/v1/orders/{review['order_id']}"

    waits = merchant.post(f"{path}/pay", {"channel": "simulator"})
    released = decide(merchant, review, "release", allow_buyer=True)
    again = decide(merchant, review, "release")
    late = decide(merchant, review, "refuse")
    paid = merchant.post(f"{path}/pay", {"channel": "simulator"})

    assert made.json["rules"][0]["result"] == "review"
    assert (review["status"], review["fired"], review["amount_minor"]) == ("waiting", ["Look first"], 1000)
    assert (waits.status_code, waits.json["code"]) == (409, "risk_review")
    assert released.status_code == 200, released.text
    assert (released.json["status"], released.json["reason"], released.json["decided_by"][:4]) == (
        *("released", "Known"),
        "key:",
    )
    assert again.json == released.json
    assert (late.status_code, late.json["code"]) == (409, "review_over")
    assert paid.status_code == 200, paid.text
    assert merchant.get(f"/v1/risk/reviews/{review['id']}").json == released.json
    assert merchant.get("/v1/risk/entries?list=allow").json["data"][0]["source"] == "api"
    assert merchant.get(f"/v1/cases/{review['case_id']}").json["status"] == "resolved"
    assert order(merchant).status_code == 201  # the buyer is allowed, and no rule fires
    topics = OutboxEvent.topic.like("risk.review%"), OutboxEvent.business_id == merchant.shop.business_id
    told = merchant.shop.many(select(OutboxEvent.topic, OutboxEvent.payload).where(*topics).order_by(OutboxEvent.id))
    assert [row.topic for row in told] == ["risk.review_opened", "risk.review_decided"]
    assert {row.payload["order_id"] for row in told} == {str(reviews(merchant.shop)[0].order_id)}
    merchant.shop.audit()


def test_the_same_request_again_pays_the_order_that_waits(merchant: Merchant) -> None:
    make_rule_set(merchant.shop, REVIEW_ALL, to="on")

    first, waits = order(merchant, once="the-same-key"), order(merchant, once="the-same-key")
    [review] = merchant.get("/v1/risk/reviews").json["data"]
    decide(merchant, review, "release")
    paid = order(merchant, once="the-same-key")

    assert [(each.status_code, each.json["code"]) for each in (first, waits)] == [(409, "risk_review")] * 2
    assert first.json["details"] == waits.json["details"] == {"order_id": review["order_id"]}
    assert (paid.status_code, paid.json["id"], paid.json["payment"]["channel"]) == (
        *(201, review["order_id"]),
        "simulator",
    )
    assert [each["id"] for each in merchant.get("/v1/orders").json["data"]] == [review["order_id"]]
    merchant.shop.audit()


def test_the_same_request_again_is_over_when_its_order_was_refused(merchant: Merchant) -> None:
    make_rule_set(merchant.shop, REVIEW_ALL, to="on")
    order(merchant, once="the-same-key")
    decide(merchant, merchant.get("/v1/risk/reviews").json["data"][0], "refuse")

    again = order(merchant, once="the-same-key")

    assert (again.status_code, again.json["code"]) == (403, "risk_blocked")
    assert len(merchant.get("/v1/orders").json["data"]) == 1


def test_a_refused_one_is_over(merchant: Merchant) -> None:
    make_rule_set(merchant.shop, REVIEW_ALL, to="on")
    review = held(merchant)

    refused = decide(merchant, review, "refuse")

    closed = merchant.get(f"/v1/orders/{review['order_id']}").json
    assert (refused.json["status"], closed["close_reason"]) == ("refused", "risk_blocked")
    assert merchant.get(f"/v1/risk/reviews?status=refused&order_id={closed['id']}").json["data"] == [refused.json]


def test_a_review_ends_with_its_order(merchant: Merchant) -> None:
    make_rule_set(merchant.shop, REVIEW_ALL, to="on")
    review = held(merchant)
    close_orders.close_order(
        merchant.shop.business_id, reviews(merchant.shop)[0].order_id, reason="cancelled", actor="system"
    )

    ended = merchant.get("/v1/risk/reviews?status=ended").json["data"]
    late = decide(merchant, review, "release")

    assert [each["id"] for each in ended] == [review["id"]]
    assert merchant.get("/v1/risk/reviews?status=waiting").json["data"] == []
    assert (late.status_code, late.json["code"]) == (409, "review_over")


def test_the_case_of_a_review_releases_it(merchant: Merchant) -> None:
    make_rule_set(merchant.shop, REVIEW_ALL, to="on")
    review = held(merchant)
    path = f"/v1/cases/{review['case_id']}"

    case = merchant.get(path).json
    looked = merchant.post(f"{path}/mends", {"mend": "refuse_payment", "reason": "Fraud", "dry_run": True}).json
    done = merchant.post(f"{path}/mends", {"mend": "release_and_allow", "reason": "Known"})

    assert (case["subject_id"], case["mends"][0], case["level"]) == (review["id"], "release_payment", "urgent")
    assert looked["is_possible"]
    assert done.json["text"] == "Released. The buyer can pay now."
    assert [each["body"] for each in merchant.get(path).json["activities"]] == ["release_and_allow: Known"]
    merchant.shop.audit()


def test_what_is_no_review_or_no_decision_is_refused(merchant: Merchant) -> None:
    unknown = f"/v1/risk/reviews/{show('rrv', new_id())}"

    assert merchant.get(unknown).status_code == 404
    assert merchant.post(f"{unknown}/decide", {"decision": "release", "reason": "Known"}).status_code == 404
    assert merchant.post(f"{unknown}/decide", {"decision": "wait", "reason": "Known"}).status_code == 422
    assert merchant.post(f"{unknown}/decide", {"decision": "release", "reason": ""}).status_code == 422
