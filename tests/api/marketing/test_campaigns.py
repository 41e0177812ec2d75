"""Campaigns by API: made, previewed, started, and what came of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.core.ids import parse, show
from app.workflow.marketing import run_campaigns
from tests.factories.campaigns import make_buyer
from tests.factories.coupons import active_template


def make(merchant: Any, **more: Any) -> Any:
    body = {"name": "All", "trigger": "segment", **more}
    body.setdefault("coupon_template_id", show("cpt", active_template(merchant.shop.business_id)))
    return merchant.post("/v1/campaigns", body)


def test_a_campaign_is_made_previewed_started_and_its_results_are_read(
    merchant: Any, wait_until: Callable[..., None]
) -> None:
    shop = merchant.shop
    make_buyer(shop, "ann", groups=("gold",))
    make_buyer(shop, "bob")
    made = make(merchant, audience={"groups": ["gold"]}, max_issued=5, budget_minor=1000, currency="USD")
    assert made.status_code == 201, made.text
    path = f"/v1/campaigns/{made.json['id']}"

    seen = merchant.get(f"{path}/preview").json
    started = merchant.post(f"{path}/status", {"status": "running"}, once=None).json
    run_campaigns.run(shop.business_id, parse("cmp", made.json["id"]))
    entries = merchant.get(f"{path}/entries?outcome=issued").json["data"]
    results = merchant.get(f"{path}/results").json
    coupons = merchant.get("/v1/coupons?buyer_reference=ann").json["data"]

    assert (made.json["status"], made.json["occasion"], made.json["audience"]["groups"]) == ("draft", {}, ["gold"])
    assert seen == {"count": 1, "buyers": [{"buyer_reference": "ann", "occasion": "once"}]}
    assert (started["status"], started["started_at"] is None) == ("running", False)
    assert [(each["buyer_reference"], each["coupon_status"]) for each in entries] == [("ann", "issued")]
    assert [each["id"] for each in coupons] == [entries[0]["coupon_id"]]
    assert (results["issued"], results["used"], results["expected"]) == (
        {"buyers": 1, "bought": 0, "orders": 0},
        0,
        None,
    )
    wait_until(lambda: _topics(merchant) >= {"campaign.started", "coupon.issued"})
    issued = merchant.get("/v1/events?type=coupon.issued").json["data"]
    assert [each["data"]["campaign_id"] for each in issued] == [made.json["id"]]
    shop.audit()


def test_a_campaign_is_changed_duplicated_and_listed(merchant: Any) -> None:
    made = make(merchant, trigger="win_back", occasion={"days": 30}, max_issued=5, starts_at="2099-01-01T00:00:00Z")
    path = f"/v1/campaigns/{made.json['id']}"

    changed = merchant.call("PATCH", path, {"name": "Longer", "max_issued": None, "starts_at": None}).json
    refused = merchant.call("PATCH", path, {"occasion": {"number": 2}})
    copy = merchant.post(f"{path}/duplicate").json
    merchant.post(f"{path}/status", {"status": "running"}, once=None)
    late = merchant.call("PATCH", path, {"name": "Late"})
    running = merchant.get("/v1/campaigns?status=running").json["data"]

    assert changed == {**made.json, "name": "Longer", "max_issued": None, "starts_at": None}
    assert (refused.status_code, refused.json["code"]) == (422, "invalid_campaign")
    assert (copy["name"], copy["status"], copy["occasion"]) == ("Longer", "draft", {"days": 30, "within_days": 365})
    assert (late.status_code, late.json["code"]) == (409, "campaign_started")
    assert [each["id"] for each in running] == [made.json["id"]]
    assert len(merchant.get("/v1/campaigns").json["data"]) == 2


def test_what_cannot_be_a_campaign_is_refused(merchant: Any) -> None:
    shared = show("cpt", active_template(merchant.shop.business_id, shared_code="ALL"))

    wrong = [
        make(merchant, trigger="file"),
        make(merchant, coupon_template_id=shared),
        make(merchant, coupon_template_id="cpt_x"),
        make(merchant, trigger="moon"),
    ]

    assert [each.json["code"] for each in wrong] == [
        "invalid_campaign",
        "coupon_not_issued",
        "not_found",
        "invalid_parameter",
    ]


def _topics(merchant: Any) -> set[str]:
    return {each["type"] for each in merchant.get("/v1/events?limit=100").json["data"]}
