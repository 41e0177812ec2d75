"""The retries of plans and contracts over the API."""

from __future__ import annotations

import pytest

from app.core.ids import new_id, show
from tests.api.conftest import Merchant
from tests.factories.contracts import plan_of, sign
from tests.factories.shop import Shop


@pytest.fixture
def rich(merchant: Merchant) -> Shop:
    merchant.shop.keep_wallets()
    merchant.shop.fund("buyer-1", 5000)
    return merchant.shop


def test_a_plan_says_what_follows_a_refusal(merchant: Merchant, rich: Shop) -> None:
    path = f"/v1/plans/{show('plan', plan_of(rich, retry_days=(2,), final_step='pause'))}/retry_schedule"

    soft = merchant.get(f"{path}?due_at=2026-03-01T09:00:00Z").json
    hard = merchant.get(f"{path}?due_at=2026-03-01T09:00:00Z&refusal=hard").json

    assert [(each["at"][:10], each["kind"], each["try_number"]) for each in soft["steps"]] == [
        ("2026-03-01", "try", 1),
        ("2026-03-03", "try", 2),
        ("2026-03-03", "pause", None),
    ]
    assert soft["steps"][0]["events"] == ["cycle.payment_failed", "contract.past_due"]
    assert [(each["at"][:10], each["kind"]) for each in hard["steps"]] == [
        ("2026-03-01", "try"),
        ("2026-03-03", "pause"),
    ]


def test_a_contract_says_it_from_its_next_payment_on(merchant: Merchant, rich: Shop) -> None:
    contract_id = show("con", sign(rich, plan_of(rich, retry_days=(2,))))
    due_at = merchant.get(f"/v1/contracts/{contract_id}").json["next_cycle_at"]

    found = merchant.get(f"/v1/contracts/{contract_id}/retry_schedule?refusal=hard").json

    assert (found["id"], found["refusal"]) == (contract_id, "soft")
    assert found["steps"][0]["at"] == due_at
    assert [each["kind"] for each in found["steps"]] == ["try", "try", "end"]


def test_bad_input_is_refused(merchant: Merchant, rich: Shop) -> None:
    path = f"/v1/plans/{show('plan', plan_of(rich))}/retry_schedule"

    bad = [
        merchant.get(each).status_code
        for each in (f"{path}?refusal=odd", f"{path}?due_at=9999-12-31T00:00:00Z", f"{path}?due_at=soon")
    ]
    unknown = [
        merchant.get(f"/v1/{each}/retry_schedule").status_code
        for each in (f"plans/{show('plan', new_id())}", f"contracts/{show('con', new_id())}")
    ]

    assert (set(bad), set(unknown)) == ({422}, {404})
