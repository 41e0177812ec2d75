"""Plans and contracts by key: made, signed, changed and read back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.core.ids import parse, show
from app.workflow.accounts.manage_keys import KeyCommand, make_key
from app.workflow.payments.accept_notice import accept_notice
from app.workflow.subscriptions import renew_contracts
from tests.api.conftest import Merchant
from tests.factories.contracts import MONTH

PRICE = {"currency": "USD", "unit_minor": 1000}
PLAN = {
    "code": "gold",
    "name": "Gold, monthly",
    "interval": "month",
    "prices": [PRICE],
}


@pytest.fixture
def rich(merchant: Merchant) -> Merchant:
    merchant.shop.keep_wallets()
    merchant.shop.fund("ann", 5000)
    return merchant


def _plan(merchant: Merchant, **more: Any) -> dict[str, Any]:
    answer = merchant.post("/v1/plans", {**PLAN, "sku_id": show("sku", merchant.shop.sku_id), **more})
    assert answer.status_code == 201, answer.json
    return dict(answer.json)


def _sign(merchant: Merchant, plan_id: str, **more: Any) -> Any:
    body = {"plan_id": plan_id, "currency": "USD", "channel": "wallet", "buyer": {"reference": "ann"}, **more}
    return merchant.post("/v1/contracts", body)


def test_a_plan_is_made_listed_archived_and_offered_again(merchant: Merchant) -> None:
    plan = _plan(merchant, trial_days=7, retry_days=[2])
    archived = merchant.post(f"/v1/plans/{plan['id']}/archive", once=None)
    listed = merchant.get("/v1/plans?status=archived")
    offered = merchant.post(f"/v1/plans/{plan['id']}/unarchive", once=None)

    assert (plan["status"], plan["trial_days"], plan["retry_days"]) == ("active", 7, [2])
    assert (archived.json["status"], offered.json["status"]) == ("archived", "active")
    assert [row["id"] for row in listed.json["data"]] == [plan["id"]]
    assert merchant.get(f"/v1/plans/{plan['id']}").json == offered.json


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"anchor_day": 8, "interval": "week"}, "anchor_day"),
        ({"anchor_day": 1, "interval": "day"}, "anchor_day"),
        ({"anchor_day": 1, "trial_days": 3}, "anchor_day"),
        ({"interval_count": 25}, "interval_count"),
        ({"intro_cycles": 2}, "intro_cycles"),
        ({"prices": [PRICE] * 2}, "prices"),
    ],
)
def test_terms_that_make_no_sense_are_refused(merchant: Merchant, more: dict[str, Any], param: str) -> None:
    answer = merchant.post("/v1/plans", {**PLAN, "sku_id": show("sku", merchant.shop.sku_id), **more})

    assert (answer.status_code, answer.json["code"], answer.json["param"]) == (422, "invalid_plan", param)


def test_a_contract_is_previewed_signed_and_read_with_its_evidence(rich: Merchant) -> None:
    plan = _plan(rich, max_quantity=5)
    offer = {"plan_id": plan["id"], "currency": "USD", "quantity": 2, "locale": "de"}
    preview = rich.post("/v1/contracts/preview", offer, once=None)
    signed = _sign(rich, plan["id"], quantity=2, locale="de", metadata={"club": "north"})

    read = rich.get(f"/v1/contracts/{signed.json['id']}")
    [cycle] = rich.get(f"/v1/contract_cycles?contract_id={signed.json['id']}").json["data"]
    assert preview.json["today_minor"] == 2000
    assert [each["number"] for each in preview.json["cycles"]] == [1, 2, 3, 4]
    assert preview.json["terms"][0] == "20,00\u00a0$ jeden Monat."
    assert (signed.status_code, signed.json["status"], signed.json["metadata"]) == (201, "active", {"club": "north"})
    assert read.json == signed.json
    assert read.json["consent"]["terms"] == "\n".join(preview.json["terms"])
    assert read.json["next_cycle_at"] == cycle["ends_at"]
    assert (cycle["status"], cycle["amount_minor"], cycle["number"]) == ("paid", 2000, 1)
    assert rich.get(f"/v1/contract_cycles/{cycle['id']}").json == cycle
    assert rich.get(f"/v1/orders/{cycle['order_id']}").json["total_minor"] == 2000


def test_the_same_key_signs_once(rich: Merchant) -> None:
    plan = _plan(rich)
    body = {"plan_id": plan["id"], "currency": "USD", "channel": "wallet", "buyer": {"reference": "ann"}}

    first = rich.post("/v1/contracts", body, once="sign-once-1")
    second = rich.post("/v1/contracts", body, once="sign-once-1")

    assert first.json == second.json
    assert len(rich.get("/v1/contracts").json["data"]) == 1


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"currency": "EUR"}, 409, "plan_no_price"),
        ({"quantity": 2}, 409, "plan_quantity"),
        ({"buyer": {"reference": "poor"}}, 402, "insufficient_funds"),
        ({"plan_id": "plan_01jd3w8n2q4zt5b7yk2hc5e4rv"}, 404, "not_found"),
    ],
)
def test_what_cannot_be_signed_is_refused_and_leaves_nothing(
    rich: Merchant, more: dict[str, Any], status: int, code: str
) -> None:
    answer = _sign(rich, **{"plan_id": _plan(rich)["id"], **more})

    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert rich.get("/v1/contracts").json["data"] == []
    assert rich.get("/v1/orders").json["data"] == []


def test_an_archived_plan_is_signed_by_nobody_and_renews(rich: Merchant) -> None:
    plan = _plan(rich)
    signed = _sign(rich, plan["id"]).json
    rich.post(f"/v1/plans/{plan['id']}/archive", once=None)

    refused = _sign(rich, plan["id"])
    rich.shop.advance(MONTH + 60)

    assert (refused.status_code, refused.json["code"]) == (409, "plan_archived")
    cycles = rich.get(f"/v1/contract_cycles?contract_id={signed['id']}&status=paid").json["data"]
    assert [each["number"] for each in cycles] == [2, 1]


def test_a_contract_is_paused_resumed_cancelled_and_kept(rich: Merchant) -> None:
    contract = _sign(rich, _plan(rich)["id"]).json
    path = f"/v1/contracts/{contract['id']}"

    paused = rich.post(f"{path}/pause", {"resumes_at": "2099-01-31T09:00:00Z"}, once=None)
    resumed = rich.post(f"{path}/resume", once=None)
    cancelled = rich.post(f"{path}/cancel", {}, once=None)
    kept = rich.post(f"{path}/uncancel", once=None)
    ended = rich.post(f"{path}/cancel", {"at": "now"}, once=None)
    again = rich.post(f"{path}/cancel", {}, once=None)

    assert (paused.json["status"], paused.json["resumes_at"]) == ("paused", "2099-01-31T09:00:00.000Z")
    assert (resumed.json["status"], resumed.json["next_cycle_at"]) == ("active", contract["next_cycle_at"])
    assert (cancelled.json["cancel_at_period_end"], cancelled.json["next_cycle_at"]) == (True, None)
    assert (kept.json["cancel_at_period_end"], kept.json["next_cycle_at"]) == (False, contract["next_cycle_at"])
    assert (ended.json["status"], ended.json["end_reason"]) == ("ended", "cancelled")
    assert (again.status_code, again.json["code"]) == (409, "contract_state")


def test_events_tell_of_contracts_and_cycles(rich: Merchant, wait_until: Callable[..., None]) -> None:
    contract = _sign(rich, _plan(rich, retry_days=[])["id"], metadata={}).json
    rich.shop.work_off()
    rich.post(f"/v1/contracts/{contract['id']}/cancel", {"at": "now"}, once=None)

    def told() -> bool:
        return {row["type"] for row in _events(rich) if row["object_id"] == contract["id"]} == {
            "contract.active",
            "contract.ended",
        }

    wait_until(told)


def test_lists_are_narrowed_by_buyer_status_and_plan(rich: Merchant) -> None:
    plan = _plan(rich)
    contract = _sign(rich, plan["id"]).json

    for query, number in (
        (f"plan_id={plan['id']}", 1), ("buyer_reference=ann", 1), ("buyer_reference=bob", 0), ("status=active", 1),
        ("status=ended", 0),
    ):  # fmt: skip
        found = rich.get(f"/v1/contracts?{query}").json["data"]
        assert len(found) == number, query
        assert {key: contract[key] for key in found[0]} == found[0] if found else True


def _events(merchant: Merchant) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = merchant.get("/v1/events?limit=100").json["data"]
    return found


def test_a_cancellation_is_previewed_and_refunds_what_was_previewed(rich: Merchant) -> None:
    plan = _plan(rich, interval="week", cancel_refund="proportional")
    signed = _sign(rich, plan["id"]).json
    path = f"/v1/contracts/{signed['id']}"
    rich.shop.advance(3.5 * 86_400)

    previewed = rich.post(f"{path}/preview", {"at": "now"}, once=None)
    cancelled = rich.post(f"{path}/cancel", {"at": "now"}, once=None)
    rich.shop.work_off()

    assert previewed.status_code == 200, previewed.json
    assert (previewed.json["refund"], previewed.json["refund_minor"]) == ("proportional", 500)
    assert cancelled.json["status"] == "ended"
    order = rich.get(f"/v1/orders/{previewed.json['order_id']}").json
    assert order["refunded_minor"] == 500


def test_only_a_key_that_may_refund_chooses_another_refund_than_the_plan_s(rich: Merchant) -> None:
    signed = _sign(rich, _plan(rich)["id"]).json
    command = KeyCommand("weak", scopes=frozenset({"contracts.read", "contracts.write"}))
    weak = replace(rich, key=make_key(rich.shop.business_id, command, kind="restricted", actor="test").secret)
    path = f"/v1/contracts/{signed['id']}/cancel"

    refused = weak.post(path, {"at": "now", "refund": "full"}, once=None)
    allowed = weak.post(path, {"at": "now", "refund": "none"}, once=None)

    assert (refused.status_code, refused.json["code"]) == (403, "denied")
    assert (allowed.status_code, allowed.json["status"]) == (200, "ended")


def test_a_contract_is_signed_at_a_company_whose_notice_settles_it(merchant: Merchant) -> None:
    shop = merchant.shop
    back = {"channel": "simulator", "return_url": "https://shop.example/back"}
    made = _sign(merchant, _plan(merchant)["id"], **back)
    path = f"/v1/contracts/{made.json['id']}"
    shop.company(f"contracts/{made.json['id']}/sign", {})
    body = json.dumps(
        {
            "notice_id": "ntc_signed",
            "event": "contract.signed",
            "merchant_id": shop.merchant_id,
            "out_contract_no": made.json["id"],
            "contract_no": "PC1",
            "status": "active",
        }
    ).encode()

    reply = accept_notice("simulator", shop.account_id, shop.headers(body), body)
    shop.work_off()
    renew_contracts.act(shop.business_id, parse("con", made.json["id"]))

    assert made.status_code == 201, made.json
    assert (made.json["status"], made.json["mandate"]["status"]) == ("pending", "pending")
    assert made.json["mandate"]["action"]["url"].startswith("http")
    assert reply.http_status == 200
    known = merchant.get(path).json
    assert (known["status"], known["channel"]) == ("active", "simulator")
    assert (known["mandate"]["status"], known["mandate"]["action"]) == ("active", None)
    assert known["mandate"]["reference"] != "PC1"  # what the notice says of it is not believed, the company is asked


def test_a_channel_that_cannot_deduct_is_refused(rich: Merchant) -> None:
    rich.shop.take_transfers()

    answer = _sign(rich, _plan(rich)["id"], channel="offline")

    assert (answer.status_code, answer.json["code"]) == (409, "channel_cannot_recur")
